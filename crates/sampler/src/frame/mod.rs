//! Which Python line a thread is in, read from another one that is not attached.
//!
//! The watched thread goes on meanwhile, and frees what it no longer needs. So nothing is read but through
//! [`Memory`], which says where there is nothing to read; each object must be of the type that belongs there; and
//! what was read counts only if the thread is in the same frame afterwards.

mod layout;
mod line;
mod memory;
#[cfg(test)]
mod tests;

pub use layout::{Layout, TEXT_KINDS, Types};
pub use memory::{Memory, Own};

use line::line_at;

/// Where a thread was, with copies of all that tells the line, which is worked out later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    file: String,
    function: String,
    first_line: u32,
    table: Vec<u8>,
    /// Bytes from the beginning of the code; `None` before the first instruction.
    offset: Option<usize>,
}

/// More than this many bytes have no name and no table of lines.
const LONGEST: u64 = 1 << 20;
/// So many frames on top may be the interpreter's own.
const SHIMS: usize = 8;

impl Place {
    /// Where the thread with the state at the address `thread` is, if that can be read.
    pub fn read(memory: &impl Memory, layout: &Layout, thread: u64) -> Option<Self> {
        let frame = frame(memory, layout, thread)?;
        let code = code(memory, layout, frame)?;
        let instruction = memory.word(frame + layout.instruction)?;
        let start = match layout.copies {
            Some((index, copies)) => match memory.half(frame + index)? {
                0 => code + layout.code,
                index => memory.word(memory.word(code + copies)? + 8 + 8 * u64::from(index))?,
            },
            None => code + layout.code,
        };
        let place = Self {
            file: text(memory, layout, memory.word(code + layout.file)?)?,
            function: text(memory, layout, memory.word(code + layout.function)?)?,
            first_line: memory.half(code + layout.first_line)?,
            table: bytes(memory, layout, memory.word(code + layout.table)?)?,
            offset: instruction.checked_sub(start).map(|offset| offset as usize),
        };
        let again = self::frame(memory, layout, thread)?;
        (again == frame && self::code(memory, layout, again)? == code).then_some(place)
    }

    /// The file, the line and the function's qualified name; `None` if the instruction has no line.
    pub fn line(&self) -> Option<(&str, u32, &str)> {
        let line = match self.offset {
            Some(offset) => line_at(self.first_line, &self.table, offset)?,
            None => self.first_line,
        };
        // The first instruction of a module has line 0.
        Some((&self.file, line.max(1), &self.function))
    }
}

fn frame(memory: &impl Memory, layout: &Layout, thread: u64) -> Option<u64> {
    let mut frame = memory.word(thread + layout.frame)?;
    if let Some(offset) = layout.frame_in_cframe {
        frame = memory.word(frame + offset)?;
    }
    for _ in 0..SHIMS {
        let [owner] = memory.array(frame + layout.owner)?;
        if owner < layout.shims {
            return Some(frame);
        }
        frame = memory.word(frame + layout.previous)?;
    }
    None
}

fn code(memory: &impl Memory, layout: &Layout, frame: u64) -> Option<u64> {
    let code = memory.word(frame + layout.executable)? & !7; // the lowest bits are a tag
    of_type(memory, layout, code, layout.types.code)
}

fn of_type(memory: &impl Memory, layout: &Layout, object: u64, wanted: u64) -> Option<u64> {
    (memory.word(object + layout.object_type)? == wanted).then_some(object)
}

fn bytes(memory: &impl Memory, layout: &Layout, object: u64) -> Option<Vec<u8>> {
    of_type(memory, layout, object, layout.types.bytes)?;
    let length = memory.word(object + layout.bytes_length)?;
    memory.bytes(object + layout.bytes_value, length)
}

/// What the string at the address `object` says.
pub fn text(memory: &impl Memory, layout: &Layout, object: u64) -> Option<String> {
    of_type(memory, layout, object, layout.types.text)?;
    let length = memory.word(object + layout.text_length)?;
    let state = memory.half(object + layout.text_state)? >> layout.text_kind;
    let (kind, compact, ascii) = (state & 7, state & 8 != 0, state & 16 != 0);
    if !compact || length > LONGEST {
        return None;
    }
    let value = object + if ascii { layout.ascii } else { layout.compact };
    let raw = memory.bytes(value, length * u64::from(kind))?;
    match kind {
        1 => Some(raw.iter().map(|byte| char::from(*byte)).collect()),
        2 | 4 => raw
            .chunks_exact(kind as usize)
            .map(|unit| {
                let mut wide = [0; 4];
                wide[..unit.len()].copy_from_slice(unit);
                char::from_u32(u32::from_le_bytes(wide))
            })
            .collect(),
        _ => None,
    }
}
