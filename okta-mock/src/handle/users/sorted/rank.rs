//! What generated users are sorted by, as numbers: a million of them are compared without making a text.
//!
//! Ranks sort as the texts do, and are equal where the texts are.

use super::Order;
use crate::handle::wanted::Attribute;
use crate::org::generated::{self, Generated, NAMES};

/// The ranks of one attribute.
#[derive(Debug)]
pub(super) enum Ranks<'a> {
    /// Nobody generated has it.
    Same,
    Time(&'a Attribute),
    Id,
    Status([u8; 8]),
    Given([u8; NAMES]),
    Family([u8; NAMES]),
    Department([u8; 12]),
    CostCenter([u8; 40]),
    /// Of what comes before the number, by given and family name.
    Login(Vec<u16>),
}

/// A rank: most are decided by the first number, and the second is only made where it is asked for.
pub(super) type Rank = (u64, u64);

impl<'a> Ranks<'a> {
    pub(super) fn of(order: &'a Order) -> Self {
        match &order.attribute {
            Attribute::Id => Self::Id,
            Attribute::Status => {
                let ranks: [u8; 5] = among(generated::STATUSES.map(|status| status.name().to_owned()));
                let mut all = [0; 8];
                generated::STATUSES.iter().zip(ranks).for_each(|(status, rank)| all[*status as usize] = rank);
                Self::Status(all)
            }
            Attribute::Type => Self::Same,
            Attribute::Profile(key) => match key.as_str() {
                "firstName" => {
                    Self::Given(among(std::array::from_fn(|n| generated::name_at(n).0.to_owned())))
                }
                "lastName" => {
                    Self::Family(among(std::array::from_fn(|n| generated::name_at(n).1.to_owned())))
                }
                "department" => {
                    Self::Department(among(std::array::from_fn(|n| generated::department_at(n).to_owned())))
                }
                "costCenter" => Self::CostCenter(among(std::array::from_fn(generated::cost_center_at))),
                "login" | "email" => {
                    let texts: Vec<String> = (0..NAMES * NAMES)
                        .map(|pair| generated::login_prefix(pair / NAMES, pair % NAMES))
                        .collect();
                    Self::Login(
                        places(&texts).map(|place| u16::try_from(place).unwrap_or(u16::MAX)).collect(),
                    )
                }
                _ => Self::Same,
            },
            time => Self::Time(time),
        }
    }

    /// The first number of a user's rank.
    pub(super) fn first(&self, user: Generated<'_>) -> u64 {
        match self {
            Self::Same => 0,
            Self::Time(attribute) => {
                // Behind those without.
                attribute.time_of(user).map_or(0, |ms| 1 + ms.div_euclid(1_000).unsigned_abs())
            }
            // The three characters of the kind are everybody's; then comes the counter.
            Self::Id => lower(user.formula.ids.counter(u64::from(user.n))),
            Self::Status(ranks) => ranks[user.status() as usize].into(),
            Self::Given(ranks) => ranks[user.who().given].into(),
            Self::Family(ranks) => ranks[user.who().family].into(),
            Self::Department(ranks) => ranks[user.who().department].into(),
            Self::CostCenter(ranks) => ranks[user.who().cost_center - 100].into(),
            Self::Login(ranks) => {
                let who = user.who();
                ranks[who.given * NAMES + who.family].into()
            }
        }
    }

    /// The second.
    pub(super) fn second(&self, user: Generated<'_>) -> u64 {
        match self {
            // What follows the counter, up to the last character, which is everybody's.
            Self::Id => {
                let id = user.formula.ids.bytes(u64::from(user.n));
                id[11..].first_chunk().map_or(0, |rest| lower(*rest))
            }
            Self::Login(_) => number(user.n),
            _ => 0,
        }
    }
}

/// Eight characters as they sort in lower case.
fn lower(text: [u8; 8]) -> u64 {
    u64::from_be_bytes(text.map(|byte| byte.to_ascii_lowercase()))
}

/// A number as its digits sort where an `@` follows, which sorts behind every digit: base 11, to ten places.
fn number(n: u32) -> u64 {
    let mut digits = [0; 10];
    let digits = generated::digits_of(n, &mut digits);
    (0..10).fold(0, |sum, at| sum * 11 + digits.get(at).map_or(10, |digit| u64::from(digit - b'0')))
}

/// The place of each text among all of them in lower case; equal ones share theirs.
fn places(texts: &[String]) -> impl Iterator<Item = usize> {
    let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    let mut sorted = texts.clone();
    sorted.sort();
    sorted.dedup();
    texts.into_iter().map(move |text| sorted.partition_point(|other| *other < text))
}

fn among<const N: usize>(texts: [String; N]) -> [u8; N] {
    let mut ranks = [0; N];
    places(&texts).zip(&mut ranks).for_each(|(place, rank)| *rank = u8::try_from(place).unwrap_or(u8::MAX));
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::generated::Formula;
    use crate::org::users::Entry;

    #[test]
    fn ranks_sort_as_the_texts_do() {
        for seed in 1..4 {
            // Numbers of every length, whose users have all statuses and names.
            let formula = Formula::new(seed, 4_000_000_000, 1_787_299_200_000);
            let numbers = (0..700).chain((0..10).map(|n| 10_u32.pow(n))).chain([999_999_999, 3_999_999_999]);
            let users: Vec<_> = numbers.map(|n| formula.user(n).expect("there are so many")).collect();
            for by in [
                "id",
                "status",
                "created",
                "activated",
                "statusChanged",
                "lastUpdated",
                "lastLogin",
                "profile.firstName",
                "profile.lastName",
                "profile.department",
                "profile.costCenter",
                "profile.login",
                "profile.email",
                "profile.nickName",
            ] {
                let order = Order::read(Some(by), None).expect("an attribute").expect("an order");
                let ranks = Ranks::of(&order);
                let mut sorted: Vec<_> = users
                    .iter()
                    .map(|user| {
                        (order.value(&Entry::Generated(*user)), (ranks.first(*user), ranks.second(*user)))
                    })
                    .collect();
                sorted.sort();
                for pair in sorted.windows(2) {
                    assert_eq!(pair[0].0.cmp(&pair[1].0), pair[0].1.cmp(&pair[1].1), "{by}: {pair:?}");
                }
            }
        }
    }
}
