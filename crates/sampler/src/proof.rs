//! Nothing is believed of a thread state until the thread that it belongs to has shown it.
//!
//! The thread copies the beginning of its own thread state while it is attached and while it is not, a few
//! times. A bit that says whether it is attached was on in each of the former and off in each of the latter.

/// How many 32-bit words of a thread state are looked at: 256 bytes, which is less than any has.
pub const WORDS: usize = 64;

/// How often the thread detaches to show it.
pub const ROUNDS: usize = 4;

/// The bit `active` of `_status`, since CPython 3.12: "Currently in use (maybe holds the GIL)".
pub const ACTIVE: u32 = 1 << 4;

/// The beginning of a thread state.
pub type Words = [u32; WORDS];

/// A thread state attached, and then detached.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// While its thread was attached.
    pub attached: Words,
    /// While it was not.
    pub detached: Words,
}

/// Copies the beginning of the thread state at `state`.
///
/// # Safety
///
/// `state` is the calling thread's thread state.
pub unsafe fn words(state: *const u32) -> Words {
    // SAFETY: a thread state is aligned and longer; other threads write to it, so each word is read once.
    std::array::from_fn(|index| unsafe { state.add(index).read_volatile() })
}

/// Whether the word at the byte `offset` has the bit [`ACTIVE`] just when the thread was attached.
pub fn confirms(rounds: &[Round], offset: usize) -> bool {
    let index = offset / 4;
    let is = |words: &Words| words[index] & ACTIVE != 0;
    offset % 4 == 0
        && index < WORDS
        && !rounds.is_empty()
        && rounds
            .iter()
            .all(|round| is(&round.attached) && !is(&round.detached))
}

/// The byte offset of the one word that differs, attached from detached, by the bit [`ACTIVE`] and no other.
///
/// `None` if there is no such word, or if there are several. On 3.13 there is none: there a second bit of
/// `_status` moves as well.
pub fn search(rounds: &[Round]) -> Option<usize> {
    let only_that_bit = |index: usize| {
        rounds
            .iter()
            .all(|round| round.attached[index] ^ round.detached[index] == ACTIVE)
    };
    let mut found = (0..WORDS)
        .map(|index| 4 * index)
        .filter(|offset| confirms(rounds, *offset) && only_that_bit(offset / 4));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up thread state whose word 6 is `_status`.
    fn round() -> Round {
        let mut detached: Words = std::array::from_fn(|index| index as u32 * 0x100);
        detached[6] = 0b1_0000_1011 & !ACTIVE;
        let mut attached = detached;
        attached[6] |= ACTIVE;
        Round { attached, detached }
    }

    #[test]
    fn the_bit_is_found_and_confirmed() {
        assert_eq!(search(&[round(); ROUNDS]), Some(24));
        assert!(confirms(&[round(); ROUNDS], 24));
        assert!((0..WORDS).all(|index| index == 6 || !confirms(&[round(); ROUNDS], 4 * index)));
    }

    #[test]
    fn other_words_may_change_as_they_like() {
        let mut rounds = [round(); ROUNDS];
        for (number, round) in rounds.iter_mut().enumerate() {
            round.attached[20] = number as u32;
            round.detached[21] ^= ACTIVE << number; // once just as the bit looked for
        }
        assert_eq!(search(&rounds), Some(24));
    }

    #[test]
    fn a_bit_that_was_wrong_once_is_no_proof() {
        for wrong in 0..ROUNDS {
            let mut rounds = [round(); ROUNDS];
            rounds[wrong].attached[6] &= !ACTIVE;
            assert!(!confirms(&rounds, 24));
            assert_eq!(search(&rounds), None);
            let mut rounds = [round(); ROUNDS];
            rounds[wrong].detached[6] |= ACTIVE;
            assert!(!confirms(&rounds, 24));
            assert_eq!(search(&rounds), None);
        }
    }

    #[test]
    fn the_bit_the_other_way_round_is_no_proof() {
        let Round { attached, detached } = round();
        let reversed = Round {
            attached: detached,
            detached: attached,
        };
        assert!(!confirms(&[reversed; ROUNDS], 24));
        assert_eq!(search(&[reversed; ROUNDS]), None);
    }

    #[test]
    fn a_second_bit_in_the_word_is_confirmed_but_not_found() {
        let mut rounds = [round(); ROUNDS];
        for round in &mut rounds {
            round.attached[6] |= ACTIVE << 1; // holds_gil, on 3.13
        }
        assert!(confirms(&rounds, 24));
        assert_eq!(search(&rounds), None);
    }

    #[test]
    fn two_words_that_could_be_it_are_none() {
        let mut rounds = [round(); ROUNDS];
        for round in &mut rounds {
            round.attached[9] |= ACTIVE;
        }
        assert_eq!(search(&rounds), None);
    }

    #[test]
    fn an_offset_that_is_no_word_looked_at_is_not_confirmed() {
        for offset in [4 * WORDS, 25, 26, usize::MAX - 3] {
            assert!(!confirms(&[round(); ROUNDS], offset));
        }
    }

    #[test]
    fn nothing_shown_proves_nothing() {
        assert!(!confirms(&[], 24));
        assert_eq!(search(&[]), None);
    }

    #[test]
    fn the_words_are_those_in_memory() {
        let memory: [u32; WORDS + 1] = std::array::from_fn(|index| 7 * index as u32);
        // SAFETY: it is as long as a thread state has to be, and this thread's own.
        assert_eq!(unsafe { words(memory.as_ptr()) }, memory[..WORDS]);
    }
}
