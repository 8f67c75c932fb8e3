//! A parser that knows nothing of the builders.

use serde_json::Value;

use super::tree::Tree;

/// Reads an expression by Okta's grammar: `not` before `and` before `or`; `\` takes the next character as it is.
pub(crate) struct Parser<'a>(std::iter::Peekable<std::str::Chars<'a>>);

impl Parser<'_> {
    pub(crate) fn read(text: &str) -> Tree {
        let mut parser = Parser(text.chars().peekable());
        let tree = parser.any();
        assert_eq!(parser.0.next(), None, "something is left");
        tree
    }

    fn blanks(&mut self) {
        while self.0.next_if_eq(&' ').is_some() {}
    }

    fn word(&mut self) -> String {
        self.blanks();
        let mut word = String::new();
        while let Some(one) = self.0.next_if(|one| !" ()\"".contains(*one)) {
            word.push(one);
        }
        word
    }

    /// Steps over a keyword, if it is the next word.
    fn keyword(&mut self, keyword: &str) -> bool {
        let before = self.0.clone();
        let found = self.word() == keyword;
        if !found {
            self.0 = before;
        }
        found
    }

    fn any(&mut self) -> Tree {
        let mut left = self.all();
        while self.keyword("or") {
            left = Tree::any(left, self.all());
        }
        left
    }

    fn all(&mut self) -> Tree {
        let mut left = self.one();
        while self.keyword("and") {
            left = Tree::all(left, self.one());
        }
        left
    }

    fn one(&mut self) -> Tree {
        self.blanks();
        if self.keyword("not") {
            return Tree::Not(Box::new(self.one()));
        }
        if self.0.next_if_eq(&'(').is_some() {
            let inner = self.any();
            self.blanks();
            assert_eq!(self.0.next(), Some(')'));
            return inner;
        }
        let name = self.word();
        let operator = self.word();
        if operator == "pr" {
            return Tree::Present(name);
        }
        let known = ["eq", "ne", "gt", "ge", "lt", "le", "sw", "ew", "co"];
        let operator = known.into_iter().find(|known| *known == operator).expect("an operator");
        Tree::Compare(name, operator, self.value())
    }

    fn value(&mut self) -> Value {
        self.blanks();
        if self.0.next_if_eq(&'"').is_none() {
            return serde_json::from_str(&self.word()).expect("a number or a truth value");
        }
        let mut text = String::new();
        loop {
            match self.0.next().expect("a closing quote") {
                '"' => return Value::String(text),
                '\\' => text.extend(self.0.next()),
                one => text.push(one),
            }
        }
    }
}
