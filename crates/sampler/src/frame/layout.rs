//! Where a thread state, a frame, a code object and a string have what tells the line.

use crate::offsets::{self, WORDS};

/// The addresses of three types of Python: what an object must be of before it is believed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Types {
    /// Of code objects.
    pub code: u64,
    /// `str`.
    pub text: u64,
    /// `bytes`.
    pub bytes: u64,
}

/// Offsets in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// From a thread state to its frame, or to what has it at `frame_in_cframe`.
    pub(super) frame: u64,
    pub(super) frame_in_cframe: Option<u64>,
    pub(super) previous: u64,
    pub(super) executable: u64,
    pub(super) instruction: u64,
    pub(super) owner: u64,
    /// From this owner on, a frame is the interpreter's own.
    pub(super) shims: u8,
    /// Where free-threaded builds since 3.14 have the number of a thread's own copy of the code, in the frame,
    /// and the copies, in the code object.
    pub(super) copies: Option<(u64, u64)>,
    pub(super) file: u64,
    pub(super) function: u64,
    pub(super) table: u64,
    pub(super) first_line: u64,
    pub(super) code: u64,
    pub(super) object_type: u64,
    pub(super) bytes_length: u64,
    pub(super) bytes_value: u64,
    pub(super) text_length: u64,
    pub(super) text_state: u64,
    pub(super) ascii: u64,
    pub(super) compact: u64,
    /// At which bit of a string's state its kind begins.
    pub(super) text_kind: u32,
    /// The types that the objects must be of.
    pub types: Types,
}

/// Bits before a string's kind: two or eight say whether it is interned, in 3.14 and later perhaps sixteen.
pub const TEXT_KINDS: [u32; 3] = [2, 8, 16];

/// At which words of `_Py_DebugOffsets` the structs begin in a minor version.
struct Table {
    minor: u8,
    thread: usize,
    frame: usize,
    code: usize,
    object: usize,
    bytes: usize,
    text: usize,
    copies: Option<(usize, usize)>,
}

const TABLES: [Table; 3] = [
    Table {
        minor: 13,
        thread: 19,
        frame: 28,
        code: 34,
        object: 44,
        bytes: 64,
        text: 67,
        copies: None,
    },
    Table {
        minor: 14,
        thread: 22,
        frame: 31,
        code: 39,
        object: 50,
        bytes: 74,
        text: 77,
        copies: Some((38, 49)),
    },
    Table {
        minor: 15,
        thread: 22,
        frame: 39,
        code: 47,
        object: 58,
        bytes: 86,
        text: 89,
        copies: Some((46, 57)),
    },
];

impl Layout {
    /// Of 3.`minor`, by the first words of `_PyRuntime` since 3.13.
    pub fn of(
        words: Option<&[u64; WORDS]>,
        minor: u8,
        free_threaded: bool,
        types: Types,
    ) -> Option<Self> {
        if cfg!(not(target_pointer_width = "64")) {
            return None;
        }
        match minor {
            11 => Some(Self { types, ..OF_3_11 }),
            12 => Some(Self { types, ..OF_3_12 }),
            _ => {
                offsets::status(words?, minor, free_threaded)?; // the table is of this version
                Self::from_table(words?, minor, free_threaded, types)
            }
        }
    }

    fn from_table(
        words: &[u64; WORDS],
        minor: u8,
        free_threaded: bool,
        types: Types,
    ) -> Option<Self> {
        let table = TABLES.iter().find(|table| table.minor == minor)?;
        let at = |first: usize, field: usize| words[first + field];
        let ascii = at(table.text, 3);
        let layout = Self {
            frame: at(table.thread, 4),
            frame_in_cframe: None,
            previous: at(table.frame, 1),
            executable: at(table.frame, 2),
            instruction: at(table.frame, 3),
            owner: at(table.frame, 5),
            shims: 3,
            copies: table
                .copies
                .filter(|_| free_threaded)
                .map(|(index, copies)| (words[index], words[copies])),
            file: at(table.code, 1),
            function: at(table.code, 3),
            table: at(table.code, 4),
            first_line: at(table.code, 5),
            code: at(table.code, 9),
            object_type: at(table.object, 1),
            bytes_length: at(table.bytes, 1),
            bytes_value: at(table.bytes, 2),
            text_state: at(table.text, 1),
            text_length: at(table.text, 2),
            ascii,
            compact: ascii + 16, // the length and the address of its UTF-8 come between
            text_kind: TEXT_KINDS[0],
            types,
        };
        let used = [
            table.thread,
            table.frame,
            table.code,
            table.object,
            table.bytes,
            table.text,
        ];
        used.iter()
            .all(|first| words[*first] < 1 << 16)
            .then_some(layout)
    }

    /// The same with a string's kind at another bit of its state.
    pub fn with_text_kind(self, text_kind: u32) -> Self {
        Self { text_kind, ..self }
    }
}

const NO_TYPES: Types = Types {
    code: 0,
    text: 0,
    bytes: 0,
};

const OF_3_12: Layout = Layout {
    frame: 56,
    frame_in_cframe: Some(0),
    previous: 8,
    executable: 0,
    instruction: 56,
    owner: 70,
    shims: 3,
    copies: None,
    file: 112,
    function: 128,
    table: 136,
    first_line: 68,
    code: 192,
    object_type: 8,
    bytes_length: 16,
    bytes_value: 32,
    text_length: 16,
    text_state: 32,
    ascii: 40,
    compact: 56,
    text_kind: TEXT_KINDS[0],
    types: NO_TYPES,
};

const OF_3_11: Layout = Layout {
    frame_in_cframe: Some(8),
    previous: 48,
    executable: 32,
    owner: 69,
    first_line: 72,
    code: 184,
    ascii: 48,
    compact: 72,
    ..OF_3_12
};
