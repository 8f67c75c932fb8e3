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

/// A rank: by the widest, which is that of ids.
pub(super) type Rank = u128;

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

    /// The rank of a generated user.
    pub(super) fn rank(&self, user: Generated<'_>) -> Rank {
        match self {
            Self::Same => 0,
            Self::Time(attribute) => {
                let at = attribute.time_of(user);
                // Behind those without.
                at.map_or(0, |ms| 1 + Rank::from(ms.div_euclid(1_000).unsigned_abs()))
            }
            Self::Id => {
                // The three characters of the kind, and the last one, are everybody's.
                let id = user.formula.ids.bytes(u64::from(user.n));
                id[3..].first_chunk().map_or(0, |start: &[u8; 16]| Rank::from_be_bytes(start.map(lower)))
            }
            Self::Status(ranks) => ranks[user.status() as usize].into(),
            Self::Given(ranks) => ranks[user.who().given].into(),
            Self::Family(ranks) => ranks[user.who().family].into(),
            Self::Department(ranks) => ranks[user.who().department].into(),
            Self::CostCenter(ranks) => ranks[user.who().cost_center - 100].into(),
            Self::Login(ranks) => {
                let who = user.who();
                let prefix = Rank::from(ranks[who.given * NAMES + who.family]);
                prefix << 40 | Rank::from(number(user.n))
            }
        }
    }
}

fn lower(byte: u8) -> u8 {
    byte.to_ascii_lowercase()
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
                    .map(|user| (order.value(&Entry::Generated(*user)), ranks.rank(*user)))
                    .collect();
                sorted.sort();
                for pair in sorted.windows(2) {
                    assert_eq!(pair[0].0.cmp(&pair[1].0), pair[0].1.cmp(&pair[1].1), "{by}: {pair:?}");
                }
            }
        }
    }
}
