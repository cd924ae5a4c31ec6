//! The line of the longest attached stretch.

use crate::frame::{Layout, Own, Place};
use crate::tally::{Span, Tally};

/// Reads where a thread is when a stretch may become the longest one: as rarely as that takes.
#[derive(Debug)]
pub struct Lines {
    layout: Layout,
    thread: u64,
    /// Of the stretch that lasts, and of the longest before it.
    latest: Option<Seen>,
    longest: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    stretch: i64, // when it began
    lasted: i64,
    place: Option<Place>,
}

impl Lines {
    /// Of the thread whose state is at the address `thread`.
    pub fn new(layout: Layout, thread: u64) -> Self {
        Self {
            layout,
            thread,
            latest: None,
            longest: None,
        }
    }

    /// To be called after each look: reads the place if the stretch that lasts is twice as long as when it was
    /// read last, or half as long as the longest one.
    pub fn look(&mut self, tally: &Tally) {
        let Some(run) = tally.run().filter(|run| self.is_due(*run, tally)) else {
            return;
        };
        let same = |seen: &Seen, start: i64| seen.stretch == start;
        if let Some(longest) = tally.longest {
            if self
                .latest
                .as_ref()
                .is_some_and(|seen| same(seen, longest.start))
            {
                self.longest = self.latest.take();
            }
        }
        let place = Place::read(&Own, &self.layout, self.thread);
        // One that could not be read now says no less than it did before.
        let before = self.latest.take().filter(|seen| same(seen, run.start));
        self.latest = Some(Seen {
            stretch: run.start,
            lasted: run.end - run.start,
            place: place.or(before.and_then(|seen| seen.place)),
        });
    }

    fn is_due(&self, run: Span, tally: &Tally) -> bool {
        let lasted = run.end - run.start;
        let twice = match &self.latest {
            Some(seen) if seen.stretch == run.start => lasted >= 2 * seen.lasted.max(1),
            _ => tally
                .longest
                .is_none_or(|longest| 2 * lasted >= longest.end - longest.start),
        };
        run.attached && twice
    }

    /// Where the thread was in the longest stretch of `tally`, if that was read.
    pub fn of_the_longest(&self, tally: &Tally) -> Option<&Place> {
        let start = tally.longest?.start;
        [&self.latest, &self.longest]
            .into_iter()
            .flatten()
            .find(|seen| seen.stretch == start)?
            .place
            .as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Types;

    /// Of a thread that is not there; returns after how many looks it was read.
    fn reads(looks: impl IntoIterator<Item = (i64, bool)>) -> Vec<i64> {
        let layout = Layout::of(None, 12, false, Types::default()).expect("3.12 is known");
        let (mut lines, mut tally) = (Lines::new(layout, 0), Tally::new(0));
        let mut read = Vec::new();
        for (now, attached) in looks {
            let before = lines
                .latest
                .as_ref()
                .map(|seen| (seen.stretch, seen.lasted));
            tally.add(now, attached, (0, 1));
            lines.look(&tally);
            let after = lines
                .latest
                .as_ref()
                .map(|seen| (seen.stretch, seen.lasted));
            if before != after {
                read.push(now);
            }
        }
        assert!(lines.of_the_longest(&tally).is_none());
        read
    }

    #[test]
    fn a_stretch_is_read_each_time_it_is_twice_as_long() {
        let looks = (1..=1_000).map(|number| (10 * number, true));
        assert_eq!(
            reads(looks),
            (0..10).map(|power| 10 << power).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_detached_thread_is_not_read() {
        assert_eq!(reads((1..100).map(|number| (10 * number, false))), []);
    }

    #[test]
    fn a_later_stretch_is_read_when_it_may_become_the_longest() {
        let looks = (1..=300).map(|number| (10 * number, !(100..110).contains(&number)));
        // The first one lasts until halfway between 990 and 1000, the second begins halfway between 1090 and 1100.
        let expected = [10, 20, 40, 80, 160, 320, 640, 1_600, 2_110];
        assert_eq!(reads(looks), expected);
    }
}
