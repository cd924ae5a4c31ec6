//! A log as plain text.

use std::fmt::Write as _;

use crate::Record;

const LANE: usize = 24;

/// Draws `records` as a table with one lane a thread, in order of first appearance.
///
/// Times are milliseconds since the first record; `[+]` after a label means that the thread was
/// attached at that moment, `[ ]` that it was not.
pub fn format(records: &[Record]) -> String {
    let mut threads: Vec<u64> = Vec::new();
    for record in records {
        if !threads.contains(&record.thread) {
            threads.push(record.thread);
        }
    }
    let mut table = format!("{:>10}", "ms");
    for thread in &threads {
        let _ = write!(table, "  {:<LANE$}", format!("thread {thread}"));
    }
    trim_line(&mut table);
    for record in records {
        // In whole numbers: code that prints floats would be a twentieth of the extension.
        let us = (record.ns - records[0].ns + 500) / 1_000;
        let ms = format!("{}.{:03}", us / 1_000, us % 1_000);
        let lane = threads.iter().position(|t| *t == record.thread);
        let indent = lane.unwrap_or_default() * (LANE + 2);
        let mark = if record.attached { '+' } else { ' ' };
        let _ = write!(table, "\n{ms:>10}  {:indent$}{} [{mark}]", "", record.label);
    }
    table.push('\n');
    table
}

fn trim_line(text: &mut String) {
    text.truncate(text.trim_end().len());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(ns: i64, thread: u64, label: &'static str, attached: bool) -> Record {
        Record {
            ns,
            thread,
            label: label.into(),
            attached,
        }
    }

    #[test]
    fn an_empty_log_is_a_heading() {
        assert_eq!(format(&[]), "        ms\n");
    }

    #[test]
    fn one_lane_a_thread() {
        let table = format(&[
            record(5_000_000, 11, "enter", true),
            record(5_500_000, 22, "enter", true),
            record(7_000_000, 11, "detached", false),
        ]);
        let expected = "        ms  thread 11                 thread 22
     0.000  enter [+]
     0.500                            enter [+]
     2.000  detached [ ]
";
        assert_eq!(table, expected);
    }
}
