//! Okta's filter language: `status eq "ACTIVE" and (lastUpdated gt "…" or id pr)`.
//!
//! Pure and shared by users, groups, apps and the log; each says which attributes and operators it knows. Source: API
//! reference, "Filter" (SCIM with Okta's limits). Precedence is not, and, or.

use serde_json::Value;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Present(String),
    Compare { attribute: String, op: Op, value: Value },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Sw,
    Ew,
    Co,
}

impl Op {
    fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            "sw" => Self::Sw,
            "ew" => Self::Ew,
            "co" => Self::Co,
            _ => return None,
        })
    }
}

/// How deep parentheses may go; deeper text is refused rather than followed.
const DEEPEST: usize = 64;

impl Expr {
    /// Reads an expression. The error is a clause for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
        let expr = parser.or()?;
        match parser.peek() {
            None => Ok(expr),
            Some(token) => Err(format!("Unexpected '{}' at position {}", token.text, token.position)),
        }
    }

    /// Every attribute with its operator (`None` for `pr`), and whether `not` or `ne` occurs.
    pub(crate) fn each(
        &self,
        look: &mut impl FnMut(&str, Option<Op>, Option<&Value>) -> Result<(), String>,
    ) -> Result<(), String> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.each(look).and_then(|()| right.each(look)),
            Self::Not(inner) => inner.each(look),
            Self::Present(attribute) => look(attribute, None, None),
            Self::Compare { attribute, op, value } => look(attribute, Some(*op), Some(value)),
        }
    }

    /// Whether `not` occurs.
    pub(crate) fn negates(&self) -> bool {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.negates() || right.negates(),
            Self::Not(_) => true,
            Self::Present(_) | Self::Compare { .. } => false,
        }
    }

    /// Evaluates against whatever `values` finds under an attribute: no value, one, or several.
    pub(crate) fn holds(&self, fold_case: bool, values: &dyn Fn(&str) -> Vec<Value>) -> bool {
        match self {
            Self::And(left, right) => left.holds(fold_case, values) && right.holds(fold_case, values),
            Self::Or(left, right) => left.holds(fold_case, values) || right.holds(fold_case, values),
            Self::Not(inner) => !inner.holds(fold_case, values),
            Self::Present(attribute) => values(attribute).iter().any(|value| !value.is_null()),
            Self::Compare { attribute, op, value } => {
                let found = values(attribute);
                match op {
                    Op::Ne => !found.iter().any(|have| compares(have, Op::Eq, value, fold_case)),
                    op => found.iter().any(|have| compares(have, *op, value, fold_case)),
                }
            }
        }
    }
}

pub(super) fn compares(have: &Value, op: Op, want: &Value, fold_case: bool) -> bool {
    let (Value::String(have), Value::String(want)) = (have, want) else {
        return match (op, have.as_f64(), want.as_f64()) {
            (Op::Eq, ..) => have == want,
            (Op::Gt, Some(have), Some(want)) => have > want,
            (Op::Ge, Some(have), Some(want)) => have >= want,
            (Op::Lt, Some(have), Some(want)) => have < want,
            (Op::Le, Some(have), Some(want)) => have <= want,
            _ => false,
        };
    };
    // Dates may be written in more than one way, so they are compared as moments.
    if matches!(op, Op::Eq | Op::Gt | Op::Ge | Op::Lt | Op::Le)
        && let (Some(have), Some(want)) = (crate::timestamp::parse(have), crate::timestamp::parse(want))
    {
        return ordered(op, have.cmp(&want));
    }
    let fold = |text: &str| if fold_case { text.to_lowercase() } else { text.to_owned() };
    let (have, want) = (fold(have), fold(want));
    match op {
        Op::Sw => have.starts_with(&want),
        Op::Ew => have.ends_with(&want),
        Op::Co => have.contains(&want),
        op => ordered(op, have.cmp(&want)),
    }
}

fn ordered(op: Op, order: std::cmp::Ordering) -> bool {
    match op {
        Op::Eq => order.is_eq(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Ne | Op::Sw | Op::Ew | Op::Co => false,
    }
}

#[derive(Debug)]
struct Token {
    text: String,
    position: usize,
    quoted: bool,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((position, c)) = chars.next() {
        let mut word = String::new();
        match c {
            ' ' | '\t' | '\n' | '\r' => continue,
            '(' | ')' => word.push(c),
            '"' => {
                loop {
                    match chars.next() {
                        Some((_, '"')) => break,
                        Some((_, '\\')) => word.extend(chars.next().map(|(_, c)| c)),
                        Some((_, c)) => word.push(c),
                        None => return Err(format!("Unterminated string at position {position}")),
                    }
                }
                tokens.push(Token { text: word, position, quoted: true });
                continue;
            }
            c => {
                word.push(c);
                while let Some((_, c)) =
                    chars.next_if(|(_, c)| !matches!(c, ' ' | '\t' | '\n' | '\r' | '(' | ')' | '"'))
                {
                    word.push(c);
                }
            }
        }
        tokens.push(Token { text: word, position, quoted: false });
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self, expected: &str) -> Result<&Token, String> {
        self.at += 1;
        self.tokens
            .get(self.at - 1)
            .ok_or_else(|| format!("Unexpected end of expression. Expected: {expected}"))
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| !token.quoted && token.text.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<Expr, String> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut left = self.not()?;
        while self.word("and") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("The expression is nested too deeply".to_owned());
        }
        let expr = if self.word("not") {
            Expr::Not(Box::new(self.not()?))
        } else if self.word("(") {
            let inner = self.or()?;
            if !self.word(")") {
                return Err("Expected ')'".to_owned());
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let name = self.next("an attribute")?;
        if name.quoted || !name.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(format!("Unexpected '{}' at position {}", name.text, name.position));
        }
        let attribute = name.text.clone();
        let word = self.next("an operator")?;
        if !word.quoted && word.text.eq_ignore_ascii_case("pr") {
            return Ok(Expr::Present(attribute));
        }
        let Some(op) = Op::named(&word.text).filter(|_| !word.quoted) else {
            return Err(format!(
                "Unrecognized attribute operator '{}' at position {}. Expected: eq,co,sw,pr,gt,ge,lt,le",
                word.text, word.position
            ));
        };
        let value = self.next("a value")?;
        let value = match value.quoted {
            true => Value::String(value.text.clone()),
            // Numbers, true, false and null stand without quotes.
            false => serde_json::from_str::<Value>(&value.text)
                .ok()
                .filter(|value| !value.is_object() && !value.is_array())
                .ok_or_else(|| format!("Unexpected '{}' at position {}", value.text, value.position))?,
        };
        Ok(Expr::Compare { attribute, op, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expression: &str) -> bool {
        let values = |attribute: &str| match attribute {
            "status" => vec!["ACTIVE".into()],
            "lastUpdated" => vec!["2026-08-01T12:00:00.000Z".into()],
            "target.id" => vec!["00u1".into(), "0oa1".into()],
            "count" => vec![3.into()],
            _ => Vec::new(),
        };
        Expr::parse(expression).expect("an expression").holds(false, &values)
    }

    #[test]
    fn expressions_are_evaluated_with_okta_precedence() {
        for (expression, result) in [
            (r#"status eq "ACTIVE""#, true),
            (r#"status EQ "active""#, false),
            (r#"target.id eq "0oa1" and status eq "ACTIVE""#, true),
            (r#"status eq "X" and status eq "X" or status eq "ACTIVE""#, true),
            (r#"status eq "X" and (status eq "X" or status eq "ACTIVE")"#, false),
            (r#"not status eq "X" and status pr"#, true),
            (r#"lastUpdated gt "2026-08-01T13:59:59+02:00""#, true),
            (r#"lastUpdated le "2026-08-01T11:59:59Z""#, false),
            (r#"status sw "ACT" and status co "TIV" and status ew "VE""#, true),
            (r#"target.id ne "00u1""#, false),
            ("count ge 3 and count lt 4", true),
            ("missing pr", false),
        ] {
            assert_eq!(holds(expression), result, "{expression}");
        }
    }

    #[test]
    fn broken_expressions_are_refused_with_a_reason() {
        for expression in [
            "",
            "status",
            "status eq",
            "status eqq \"A\"",
            "(status pr",
            "status eq \"A",
            "\"a\" eq \"b\"",
            "status eq {}",
            "a pr b",
        ] {
            assert!(Expr::parse(expression).is_err(), "{expression}");
        }
        assert!(Expr::parse(&"(".repeat(100_000)).is_err());
        assert_eq!(
            Expr::parse(r#"eventType eqq "a""#),
            Err("Unrecognized attribute operator 'eqq' at position 10. Expected: eq,co,sw,pr,gt,ge,lt,le"
                .to_owned())
        );
    }
}
