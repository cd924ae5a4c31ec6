//! How long a thread waits for a processor.

/// For how long the calling thread was ready to run and had no processor, in nanoseconds since it began.
///
/// Linux counts that, in the second number of `/proc/thread-self/schedstat`. Elsewhere it is 0, also under Wine,
/// which shows a program the files of the Linux below.
pub fn ready_ns() -> u64 {
    if cfg!(target_os = "linux") {
        let counted = std::fs::read_to_string("/proc/thread-self/schedstat");
        counted.ok().and_then(|text| second(&text)).unwrap_or(0)
    } else {
        0
    }
}

fn second(numbers: &str) -> Option<u64> {
    numbers.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_second_number() {
        assert_eq!(second("5 1000000000000 3\n"), Some(1_000_000_000_000));
        assert_eq!(second("nothing of the kind"), None);
        assert_eq!(second(""), None);
    }

    #[test]
    fn it_never_becomes_less() {
        let before = ready_ns();
        std::thread::yield_now();
        assert!(ready_ns() >= before);
    }
}
