//! What the looks amount to.

/// A run of looks that all saw the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// Halfway between the look before, which saw the opposite, and the first of these.
    pub start: i64,
    /// Halfway between the last of these and the look after.
    pub end: i64,
    /// What they saw.
    pub attached: bool,
}

/// How often a thread was seen attached, for how long at a time, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    /// When it began.
    pub start: i64,
    /// When it ended; a look after that does not count.
    pub end: Option<i64>,
    /// How many moments were looked at.
    pub samples: u64,
    /// At how many of them the thread was attached.
    pub attached: u64,
    /// How many of the moments had no look of their own, and count as the nearest one.
    pub missed: u64,
    /// How often a look saw it detached after one that saw it attached.
    pub releases: u64,
    /// The longest attached stretch, if there was one.
    pub longest: Option<Span>,
    /// The first runs of equal looks, without gaps, as many as are kept.
    pub spans: Vec<Span>,
    /// How many later runs were not kept.
    pub dropped: u64,
    run: Option<Span>, // its end is the last look
}

impl Tally {
    /// How many runs are kept: a timeline has no more columns, and this is 100 kB.
    pub const KEPT: usize = 4_096;

    /// No look yet.
    pub fn new(start: i64) -> Self {
        Self {
            start,
            end: None,
            samples: 0,
            attached: 0,
            missed: 0,
            releases: 0,
            longest: None,
            spans: Vec::new(),
            dropped: 0,
            run: None,
        }
    }

    /// Adds a look at `now` that saw the thread `attached` or not.
    ///
    /// It stands for so many moments `after` the middle between it and the look before, which stands for those
    /// `before` the middle.
    pub fn add(&mut self, now: i64, attached: bool, (before, after): (u64, u64)) {
        if self.end.is_some() {
            return;
        }
        let was_attached = self.run.map_or(attached, |run| run.attached);
        self.samples += before + after;
        self.attached += before * u64::from(was_attached) + after * u64::from(attached);
        self.missed += (before + after).saturating_sub(1);
        let start = match &mut self.run {
            None => self.start, // until then it will have been as it is now
            Some(run) if run.attached == attached => {
                run.end = now;
                return;
            }
            Some(run) => {
                let run = *run;
                let change = run.end + (now - run.end) / 2;
                self.releases += u64::from(run.attached);
                self.keep(Span { end: change, ..run });
                change
            }
        };
        self.run = Some(Span {
            start,
            end: now,
            attached,
        });
    }

    /// The moment of the last look, or of the start.
    pub fn last(&self) -> i64 {
        self.run.map_or(self.start, |run| run.end)
    }

    /// The run of looks that lasts; its end is the last look.
    pub fn run(&self) -> Option<Span> {
        self.run
    }

    /// Ends it at the moment `now`; again changes nothing.
    pub fn finish(&mut self, now: i64) {
        if self.end.is_some() {
            return;
        }
        self.end = Some(now);
        if let Some(run) = self.run.take() {
            self.keep(Span { end: now, ..run });
        }
    }

    fn keep(&mut self, span: Span) {
        let lasted = |span: Span| span.end - span.start;
        if span.attached
            && self
                .longest
                .is_none_or(|longest| lasted(span) > lasted(longest))
        {
            self.longest = Some(span);
        }
        if self.spans.len() < Self::KEPT && self.spans.try_reserve(1).is_ok() {
            self.spans.push(span);
        } else {
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(looks: &[(i64, bool)], end: i64) -> Tally {
        let mut tally = Tally::new(100);
        for (now, attached) in looks {
            tally.add(*now, *attached, (0, 1));
        }
        tally.finish(end);
        tally
    }

    fn span(start: i64, end: i64, attached: bool) -> Span {
        Span {
            start,
            end,
            attached,
        }
    }

    #[test]
    fn nothing_seen() {
        let tally = tally(&[], 200);
        assert_eq!((tally.samples, tally.attached, tally.releases), (0, 0, 0));
        assert_eq!(
            (tally.longest, tally.spans, tally.end),
            (None, vec![], Some(200))
        );
    }

    #[test]
    fn a_change_lies_halfway_between_the_looks_that_saw_it() {
        let tally = tally(
            &[
                (110, true),
                (120, true),
                (130, false),
                (150, true),
                (190, false),
                (195, false),
            ],
            200,
        );
        assert_eq!((tally.samples, tally.attached, tally.releases), (6, 3, 2));
        let expected = [
            span(100, 125, true),
            span(125, 140, false),
            span(140, 170, true),
            span(170, 200, false),
        ];
        assert_eq!(tally.spans, expected);
        assert_eq!(tally.longest, Some(expected[2]));
    }

    #[test]
    fn moments_without_a_look_count_as_the_nearest_one() {
        let mut tally = Tally::new(100);
        tally.add(110, true, (1, 2)); // there was no look before
        tally.add(150, false, (3, 4));
        tally.add(190, true, (1, 0));
        assert_eq!((tally.samples, tally.attached), (11, 6));
        assert_eq!(tally.missed, 2 + 6);
    }

    #[test]
    fn a_stretch_that_lasts_to_the_end_counts() {
        let tally = tally(&[(110, true), (120, false), (130, true)], 200);
        assert_eq!(tally.longest, Some(span(125, 200, true)));
        assert_eq!(tally.releases, 1);
    }

    #[test]
    fn never_attached_has_no_longest_stretch() {
        assert_eq!(tally(&[(110, false)], 200).longest, None);
    }

    #[test]
    fn a_look_after_the_end_does_not_count() {
        let mut tally = tally(&[(110, true)], 200);
        let before = tally.clone();
        tally.add(210, false, (0, 1));
        tally.finish(300);
        assert_eq!(tally, before);
    }

    #[test]
    fn of_many_runs_the_first_are_kept_and_the_rest_counted() {
        let runs = Tally::KEPT as i64 + 10;
        let looks: Vec<_> = (0..runs).map(|n| (100 + 2 * n, n % 2 == 0)).collect();
        let tally = tally(&looks, 1_000_000);
        assert_eq!((tally.spans.len(), tally.dropped), (Tally::KEPT, 10));
        assert_eq!(tally.samples, runs as u64);
        assert_eq!(tally.spans.last().map(|span| span.attached), Some(false));
    }
}
