//! `_Py_DebugOffsets`, with which `_PyRuntime` begins since CPython 3.13.
//!
//! It says where the fields of CPython's structs are, for debuggers. Its own layout changes with each minor
//! version, so what is read of a version that is not in the table here is nothing.

/// How many 64-bit words of `_PyRuntime` are read at most.
pub const WORDS: usize = 96;

const COOKIE: [u8; 8] = *b"xdebugpy";

/// At which words the size of a thread state, and the offset of `_status` in it, stand in a minor version.
struct Layout {
    minor: u8,
    thread_state_size: usize,
    status: usize,
}

const LAYOUTS: [Layout; 3] = [
    Layout {
        minor: 13,
        thread_state_size: 19,
        status: 27,
    },
    Layout {
        minor: 14,
        thread_state_size: 22,
        status: 30,
    },
    Layout {
        minor: 15,
        thread_state_size: 22,
        status: 33,
    },
];

/// Whether `_PyRuntime` begins with the table; until this is so, no more than its first word may be read.
pub fn has_cookie(first: u64) -> bool {
    first.to_ne_bytes() == COOKIE
}

/// Where a thread state has `_status`, by the first words of `_PyRuntime`, or `None` if they do not say it.
///
/// `minor` is the running interpreter's, 3.`minor`; `free_threaded` says how that was built.
pub fn status(words: &[u64; WORDS], minor: u8, free_threaded: bool) -> Option<usize> {
    let layout = LAYOUTS.iter().find(|layout| layout.minor == minor)?;
    let version = words[1] >> 16; // of sys.hexversion, major and minor
    let written_for_this = has_cookie(words[0])
        && version == 0x300 + u64::from(minor)
        && words[2] == u64::from(free_threaded);
    let offset = words[layout.status];
    let plausible =
        offset % 4 == 0 && offset.saturating_add(4) <= words[layout.thread_state_size].min(1 << 16);
    (written_for_this && plausible).then_some(offset as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(minor: u8) -> [u64; WORDS] {
        let mut words = [8; WORDS];
        words[0] = u64::from_ne_bytes(COOKIE);
        words[1] = 0x0300_0f00 | (u64::from(minor) << 16);
        words[2] = 0;
        let (size, status) = match minor {
            13 => (19, 27),
            14 => (22, 30),
            _ => (22, 33),
        };
        words[size] = 400;
        words[status] = 32;
        words
    }

    #[test]
    fn each_minor_version_has_its_own_layout() {
        for minor in 13..=15 {
            assert_eq!(status(&words(minor), minor, false), Some(32));
        }
        assert_eq!(status(&words(16), 16, false), None);
        assert_eq!(status(&words(12), 12, false), None);
    }

    #[test]
    fn a_table_of_another_version_says_nothing() {
        assert_eq!(status(&words(14), 15, false), None);
        assert_eq!(status(&words(14), 13, false), None);
    }

    #[test]
    fn a_table_of_another_build_says_nothing() {
        assert_eq!(status(&words(14), 14, true), None);
        let mut free_threaded = words(14);
        free_threaded[2] = 1;
        assert_eq!(status(&free_threaded, 14, true), Some(32));
        assert_eq!(status(&free_threaded, 14, false), None);
        free_threaded[2] = 2;
        assert_eq!(status(&free_threaded, 14, true), None);
    }

    #[test]
    fn without_its_cookie_it_says_nothing() {
        let mut other = words(14);
        other[0] = u64::from_ne_bytes(*b"xdebugpz");
        assert_eq!(status(&other, 14, false), None);
    }

    #[test]
    fn an_offset_outside_the_thread_state_is_not_believed() {
        for offset in [397, 398, 400, 33, u64::MAX - 8] {
            let mut other = words(14);
            other[30] = offset;
            assert_eq!(status(&other, 14, false), None);
        }
    }
}
