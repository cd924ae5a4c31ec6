//! The table of a code object that says which line each of its instructions is of, since CPython 3.11
//! (Objects/locations.md there).

/// The line of the instruction `offset` bytes into the code, if it has one.
pub fn line_at(first: u32, table: &[u8], offset: usize) -> Option<u32> {
    let (mut line, mut end) = (i64::from(first), 0);
    // The first byte of an entry, and no other, has the highest bit.
    for entry in table.chunk_by(|_, next| next & 0x80 == 0) {
        let (kind, units) = ((entry[0] >> 3) & 15, usize::from(entry[0] & 7) + 1);
        line += match kind {
            10..=12 => i64::from(kind) - 10,
            13 | 14 => signed(&entry[1..]),
            _ => 0,
        };
        end += 2 * units;
        if offset < end {
            return if kind == 15 {
                None
            } else {
                u32::try_from(line).ok()
            };
        }
    }
    None
}

/// A number in groups of six bits, the lowest first; the lowest bit of all is its sign.
fn signed(bytes: &[u8]) -> i64 {
    let groups = bytes.iter().scan(true, |goes_on, byte| {
        let this = *goes_on;
        *goes_on = byte & 0x40 != 0;
        this.then_some(i64::from(byte & 0x3f))
    });
    let number = groups
        .take(10)
        .enumerate()
        .fold(0, |sum, (index, group)| sum | (group << (6 * index)));
    if number & 1 == 0 {
        number >> 1
    } else {
        -(number >> 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: u8, units: u8) -> u8 {
        0x80 | (kind << 3) | (units - 1)
    }

    #[test]
    fn each_kind_of_entry() {
        let table = [
            [entry(0, 1), 0x35].as_slice(),    // the same line
            &[entry(11, 2), 3, 4],             // the next one
            &[entry(12, 1), 3, 4],             // two on
            &[entry(13, 1), 5],                // two back
            &[entry(14, 8), 0x42, 1, 0, 2, 3], // 33 on: 66 in two groups
            &[entry(15, 1)],                   // of no line
            &[entry(10, 1), 1, 2],
        ]
        .concat();
        let lines: Vec<_> = (0..16).map(|unit| line_at(7, &table, 2 * unit)).collect();
        let expected = [
            vec![Some(7), Some(8), Some(8), Some(10), Some(8)],
            vec![Some(41); 8],
            vec![None, Some(41), None],
        ];
        assert_eq!(lines, expected.concat());
        assert_eq!(line_at(7, &table, 3), Some(8)); // inside an instruction
    }

    #[test]
    fn a_table_that_makes_no_sense_says_nothing() {
        assert_eq!(line_at(7, &[], 0), None);
        assert_eq!(line_at(7, &[1, 2, 3], 100), None);
        assert_eq!(line_at(7, &[entry(13, 1)], 0), Some(7));
        assert_eq!(line_at(0, &[entry(13, 1), 5], 0), None); // a line below the first
        line_at(
            7,
            &[
                entry(13, 1),
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
                0x7f,
            ],
            0,
        );
    }
}
