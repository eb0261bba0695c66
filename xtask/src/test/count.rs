//! How many tests ran, as the test runners report it.

use std::fmt;

/// Tests of one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tests {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
}

impl fmt::Display for Tests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed", self.passed)?;
        for (number, what) in [(self.failed, "failed"), (self.ignored, "ignored")] {
            if number > 0 {
                write!(f, ", {number} {what}")?;
            }
        }
        Ok(())
    }
}

impl Tests {
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// From nextest's JUnit report: `<testsuites … tests="12" failures="1" errors="0" …>`.
pub(super) fn nextest(junit: &str) -> Option<Tests> {
    let (_, rest) = junit.split_once("<testsuites ")?;
    let (attributes, _) = rest.split_once('>')?;
    let value = |name: &str| -> Option<usize> {
        let (_, rest) = attributes.split_once(&format!("{name}=\""))?;
        rest.split_once('"')?.0.parse().ok()
    };
    let failed = value("failures")? + value("errors")?;
    Some(Tests { passed: value("tests")?.checked_sub(failed)?, failed, ignored: 0 })
}

/// From libtest's `test result: ok. 3 passed; 0 failed; 1 ignored; …`, one line a test binary.
pub(super) fn libtest(lines: &[String]) -> Option<Tests> {
    let mut sum = None;
    for line in lines {
        let Some(result) = line.strip_prefix("test result: ") else {
            continue;
        };
        let number = |what: &str| -> usize {
            let before = result.split_once(what).map_or("", |(before, _)| before);
            before
                .rsplit([' ', '.', ';'])
                .find(|word| !word.is_empty())
                .and_then(|word| word.parse().ok())
                .unwrap_or(0)
        };
        let tests =
            Tests { passed: number(" passed"), failed: number(" failed"), ignored: number(" ignored") };
        sum.get_or_insert_with(Tests::default).add(tests);
    }
    sum
}

/// From the summary of Node's `spec` reporter: `ℹ pass 3`, `ℹ fail 0`, `ℹ cancelled 0`, `ℹ skipped 0`, `ℹ todo 0`.
pub(super) fn node(lines: &[String]) -> Option<Tests> {
    let number = |what: &str| -> Option<usize> {
        lines.iter().rev().find_map(|line| line.strip_prefix("ℹ ")?.strip_prefix(what)?.trim().parse().ok())
    };
    Some(Tests {
        passed: number("pass ")?,
        failed: number("fail ")? + number("cancelled ").unwrap_or(0),
        ignored: number("skipped ").unwrap_or(0) + number("todo ").unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn nextests_report_counts_failures_and_errors() {
        let report = r#"<?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="nextest-run" tests="12" failures="1" errors="1" uuid="x" time="0.1">
            <testsuite name="portico-core" tests="5" failures="0">"#;
        assert_eq!(nextest(report), Some(Tests { passed: 10, failed: 2, ignored: 0 }));
        assert_eq!(nextest("<testsuites"), None);
    }

    #[test]
    fn the_results_of_all_test_binaries_are_added() {
        let output = lines(
            "running 3 tests\n\
             test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: FAILED. 10 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.20s",
        );
        assert_eq!(libtest(&output), Some(Tests { passed: 13, failed: 2, ignored: 1 }));
        assert_eq!(libtest(&lines("error: could not compile")), None);
    }

    #[test]
    fn nodes_summary_is_the_last_word() {
        let output = lines(
            "✔ adds (1ms)\nℹ tests 4\nℹ suites 0\nℹ pass 2\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\nℹ todo 0",
        );
        assert_eq!(node(&output), Some(Tests { passed: 2, failed: 2, ignored: 0 }));
        assert_eq!(node(&lines("node: bad option")), None);
    }

    #[test]
    fn a_count_says_only_what_there_is() {
        assert_eq!(Tests { passed: 3, failed: 0, ignored: 0 }.to_string(), "3 passed");
        assert_eq!(Tests { passed: 3, failed: 1, ignored: 2 }.to_string(), "3 passed, 1 failed, 2 ignored");
    }
}
