//! How many challenge ACKs the host sends (RFC 5961 §10).

use crate::rng::Rng;
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// The time for which a budget lasts.
const PERIOD: Span = Span::from_secs(1);

/// What is left of the budget of this second. A stranger who can count the answers that are left learns whether another
/// connection used some (CVE-2016-5696); so each second's budget is drawn anew, half as much or as much again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Challenges {
    until: Option<Time>,
    left: u32,
}

impl Challenges {
    /// Whether one more may be sent, where a second has about `limit` of them.
    pub(super) fn take(&mut self, limit: Option<u32>, rng: &mut Rng, now: Time) -> bool {
        let Some(limit) = limit else { return true };
        if self.until.is_none_or(|until| now >= until) {
            self.until = Some(now + PERIOD);
            self.left = limit.div_ceil(2).saturating_add(rng.below(limit.max(1)));
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn each_second_has_another_budget_around_the_limit() {
        let (mut challenges, mut rng) = (Challenges::default(), Rng::new(1, Purpose::Host(0)));
        let mut budget = |second| {
            let now = Time::ZERO + PERIOD * second;
            (0..10_000).filter(|_| challenges.take(Some(100), &mut rng, now)).count()
        };
        let budgets: Vec<usize> = (0..10).map(&mut budget).collect();
        assert!(budgets.iter().all(|budget| (50..150).contains(budget)), "{budgets:?}");
        assert!(budgets.iter().any(|budget| *budget != budgets[0]));
        assert!(Challenges::default().take(None, &mut rng, Time::ZERO));
    }
}
