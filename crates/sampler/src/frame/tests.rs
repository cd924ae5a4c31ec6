//! Reading a made-up thread of 3.12, and of 3.14 and later by its own table.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::*;
use crate::offsets::WORDS;

const THREAD: u64 = 0x1000;
const CFRAME: u64 = 0x2000;
const SHIM: u64 = 0x3000;
const FRAME: u64 = 0x4000;
const CODE: u64 = 0x5000;
const FILE: u64 = 0x6000;
const NAME: u64 = 0x7000;
const TABLE: u64 = 0x8000;
const TYPES: Types = Types {
    code: 0xc0de,
    text: 0x7e87,
    bytes: 0xb17e,
};

/// Bytes by address; what was not written is not there. Once read so often, a write happens.
#[derive(Clone, Default)]
struct Fake {
    bytes: BTreeMap<u64, u8>,
    reads: Cell<usize>,
    change: Option<(usize, u64, u64)>,
}

impl Memory for Fake {
    fn read(&self, address: u64, into: &mut [u8]) -> bool {
        self.reads.set(self.reads.get() + 1);
        let changed = self.change.filter(|change| self.reads.get() > change.0);
        for (place, byte) in (address..).zip(into) {
            let found = self.bytes.get(&place).copied();
            let Some(found) = found else {
                return false;
            };
            *byte = match changed {
                Some((_, at, word)) if (at..at + 8).contains(&place) => {
                    word.to_ne_bytes()[(place - at) as usize]
                }
                _ => found,
            };
        }
        true
    }
}

impl Fake {
    fn put(&mut self, address: u64, bytes: &[u8]) {
        self.bytes.extend((address..).zip(bytes.iter().copied()));
    }

    fn put_word(&mut self, address: u64, word: u64) {
        self.put(address, &word.to_ne_bytes());
    }

    fn string(&mut self, address: u64, value: &str, (kind, ascii): (u32, bool)) {
        self.put_word(address + 8, TYPES.text);
        self.put_word(address + 16, value.chars().count() as u64);
        let state = (kind << 2) | (1 << 5) | (u32::from(ascii) << 6) | 1;
        self.put(address + 32, &state.to_ne_bytes());
        let units = value.chars().map(|c| (c as u32).to_le_bytes());
        let raw: Vec<u8> = units
            .flat_map(|unit| unit[..kind as usize].to_vec())
            .collect();
        self.put(address + if ascii { 40 } else { 56 }, &raw);
    }
}

fn layout() -> Layout {
    Layout::of(None, 12, false, TYPES).expect("3.12 is known")
}

/// A thread whose instruction is so many bytes behind the beginning of its code.
fn thread(offset: i64) -> Fake {
    let mut fake = Fake::default();
    fake.put_word(THREAD + 56, CFRAME);
    fake.put_word(CFRAME, SHIM);
    fake.put(SHIM + 70, &[3]);
    fake.put_word(SHIM + 8, FRAME);
    fake.put(FRAME + 70, &[0]);
    fake.put_word(FRAME, CODE | 1); // tagged, as since 3.14
    fake.put_word(FRAME + 56, (CODE + 192).wrapping_add_signed(offset));
    fake.put_word(CODE + 8, TYPES.code);
    fake.put_word(CODE + 112, FILE);
    fake.put_word(CODE + 128, NAME);
    fake.put_word(CODE + 136, TABLE);
    fake.put(CODE + 68, &7_u32.to_ne_bytes());
    fake.string(FILE, "/tmp/é.py", (1, false));
    fake.string(NAME, "outer.inner", (1, true));
    fake.put_word(TABLE + 8, TYPES.bytes);
    fake.put_word(TABLE + 16, 4);
    fake.put(TABLE + 32, &[0x80, 0x35, 0xd9, 3]); // an instruction in this line, two in the next
    fake
}

fn read(fake: &Fake) -> Option<(String, u32, String)> {
    let place = Place::read(fake, &layout(), THREAD)?;
    let (file, line, function) = place.line()?;
    Some((file.to_owned(), line, function.to_owned()))
}

fn expected(line: u32) -> Option<(String, u32, String)> {
    Some(("/tmp/é.py".to_owned(), line, "outer.inner".to_owned()))
}

#[test]
fn the_line_of_the_instruction() {
    assert_eq!(read(&thread(0)), expected(7));
    assert_eq!(read(&thread(2)), expected(8));
    assert_eq!(read(&thread(4)), expected(8));
    assert_eq!(read(&thread(6)), None); // behind the end
    assert_eq!(read(&thread(-2)), expected(7)); // about to begin
}

#[test]
fn strings_of_each_kind() {
    for (value, kind) in [
        ("abc", (1, true)),
        ("é", (1, false)),
        ("Āb", (2, false)),
        ("\u{1d11e}.py", (4, false)),
        ("", (1, true)),
    ] {
        let mut fake = Fake::default();
        fake.string(FILE, value, kind);
        assert_eq!(text(&fake, &layout(), FILE).as_deref(), Some(value));
    }
}

#[test]
fn a_string_that_makes_no_sense_is_none() {
    let with = |change: &dyn Fn(&mut Fake)| {
        let mut fake = Fake::default();
        fake.string(FILE, "abc", (1, true));
        change(&mut fake);
        text(&fake, &layout(), FILE)
    };
    assert_eq!(with(&|_| ()).as_deref(), Some("abc"));
    assert_eq!(with(&|fake| fake.put_word(FILE + 8, TYPES.bytes)), None);
    assert_eq!(with(&|fake| fake.put_word(FILE + 16, 4)), None); // one more than there is
    assert_eq!(with(&|fake| fake.put_word(FILE + 16, u64::MAX)), None);
    assert_eq!(
        with(&|fake| fake.put(FILE + 32, &[(1 << 2) | (1 << 6), 0, 0, 0])),
        None
    ); // not compact
    assert_eq!(
        with(&|fake| fake.put(FILE + 32, &[(3 << 2) | (1 << 5), 0, 0, 0])),
        None
    ); // no such kind
    let mut other = Fake::default();
    other.string(FILE, "ab", (2, true));
    other.put(FILE + 40, &[0, 0xd8, 0, 0xd8]); // no characters
    assert_eq!(text(&other, &layout(), FILE), None);
}

#[test]
fn whatever_is_not_there_or_of_another_type_ends_the_reading() {
    let whole = thread(0);
    for address in whole.bytes.keys() {
        let mut fake = whole.clone();
        fake.bytes.remove(address);
        let place = read(&fake);
        assert!(
            place.is_none() || place == expected(7),
            "without {address:#x}: {place:?}"
        );
    }
    for address in [CODE + 8, FILE + 8, NAME + 8, TABLE + 8] {
        let mut fake = whole.clone();
        fake.put_word(address, 0xbad);
        assert_eq!(read(&fake), None);
    }
}

#[test]
fn a_thread_that_has_gone_on_meanwhile_is_not_believed() {
    let whole = thread(0);
    assert!(read(&whole).is_some());
    let reads = whole.reads.get();
    let mut other = whole.clone();
    other.put_word(SHIM + 0x800 + 8, FRAME);
    other.put(SHIM + 0x800 + 70, &[3]);
    // In another frame, or in the same one with other code.
    for (address, word) in [(SHIM + 8, SHIM + 0x800), (FRAME, FILE)] {
        for after in 6..reads - 6 {
            let mut fake = other.clone();
            fake.reads = Cell::new(0);
            fake.change = Some((after, address, word));
            let place = read(&fake);
            assert!(place.is_none() || address == SHIM + 8 && place == expected(7));
        }
    }
}

#[test]
fn frames_that_never_end_are_left() {
    let mut fake = thread(0);
    fake.put_word(SHIM + 8, SHIM);
    assert_eq!(read(&fake), None);
}

/// `_Py_DebugOffsets` of 3.14, with the offsets of 3.12 and such as 3.12 has not.
fn words() -> [u64; WORDS] {
    let mut words = [8; WORDS];
    words[0] = u64::from_ne_bytes(*b"xdebugpy");
    words[1] = 0x030e_0f00;
    words[2] = 1;
    for (first, fields) in [
        (22, [400, 0, 0, 0, 56].as_slice()),
        (30, &[32]),
        (31, &[88, 8, 0, 56, 80, 70, 64, 74]),
        (39, &[200, 112, 120, 128, 136, 68, 0, 0, 0, 192, 160]),
        (50, &[16, 8]),
        (74, &[33, 16, 32]),
        (77, &[64, 32, 16, 40]),
    ] {
        words[first..first + fields.len()].copy_from_slice(fields);
    }
    words
}

#[test]
fn a_thread_of_3_14t_may_run_its_own_copy_of_the_code() {
    let layout = Layout::of(Some(&words()), 14, true, TYPES).expect("3.14 is known");
    let mut fake = thread(0);
    fake.put_word(THREAD + 56, SHIM); // without anything between
    fake.put(FRAME + 74, &0_u32.to_ne_bytes());
    let line = |fake: &Fake| {
        let place = Place::read(fake, &layout, THREAD)?;
        place.line().map(|(_, line, _)| line)
    };
    assert_eq!(line(&fake), Some(7));
    fake.put(FRAME + 74, &2_u32.to_ne_bytes());
    assert_eq!(line(&fake), None); // there are no copies
    fake.put_word(CODE + 160, 0x9000);
    fake.put_word(0x9000 + 24, 0xa000);
    fake.put_word(FRAME + 56, 0xa002);
    assert_eq!(line(&fake), Some(8));
}

#[test]
fn a_table_of_another_version_or_build_gives_no_layout() {
    let of =
        |minor, free_threaded| Layout::of(Some(&words()), minor, free_threaded, TYPES).is_some();
    assert!(of(14, true));
    assert!(!of(14, false));
    assert!(!of(13, true));
    assert!(!of(16, true));
    assert!(Layout::of(None, 14, true, TYPES).is_none());
}
