//! Each file in `cases/` has one function twice: `refused`, for which the compiler must give exactly
//! the errors announced in it, and `accepted`, which does the same and must compile.
//!
//! A line announces the error that begins in it with `//~`, its code if it has one, and a part of
//! its message: `//~ E0277: cannot be sent between threads safely`.

/// One error: the line where it begins, from 1, its code or nothing, and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Counted from 1.
    pub line: usize,
    /// Such as `E0277`; lifetimes that are too short have none.
    pub code: String,
    /// All of its first line, or the part of it that is announced.
    pub message: String,
}

/// What `source` announces.
pub fn announced(source: &str) -> Vec<Complaint> {
    let lines = source.lines().zip(1..);
    lines
        .filter_map(|(text, line)| Some(complaint(line, text.split_once("//~ ")?.1)))
        .collect()
}

/// What the compiler said of the file `name`, from what cargo wrote with `--message-format=short`:
/// lines such as `cases/token.rs:8:5: error[E0277]: the message`.
pub fn said(name: &str, output: &str) -> Vec<Complaint> {
    let error = |text: &str| {
        let (place, error) = text.split_once(": error")?;
        let (rest, _column) = place.rsplit_once(':')?;
        let (path, line) = rest.rsplit_once(':')?;
        let message = error.trim_start_matches(['[', ':', ' ']);
        let line = line.parse().ok()?;
        path.ends_with(name).then(|| complaint(line, message))
    };
    output.lines().filter_map(error).collect()
}

fn complaint(line: usize, text: &str) -> Complaint {
    let is_code = |word: &str| word.len() == 5 && word.starts_with('E');
    let (code, message) = match text.split_once(": ") {
        Some((word, rest)) if is_code(word.trim_end_matches(']')) => (word, rest),
        _ => ("", text),
    };
    Complaint {
        line,
        code: code.trim_end_matches(']').to_owned(),
        message: message.to_owned(),
    }
}
