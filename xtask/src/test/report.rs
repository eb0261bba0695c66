//! The closing table: which steps ran, how they went, how long they took.

use std::io::{Write, stderr, stdout};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::count::Tests;
use crate::interrupt::Interrupt;

#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    step: &'static str,
    result: Outcome,
    took: Duration,
}

#[derive(Debug)]
enum Outcome {
    Passed(Option<Tests>),
    Failed(String),
    NotRun,
}

impl Report {
    /// Announces and runs a step. Its failure is a row of the table, not an error: the other steps still run.
    ///
    /// # Errors
    /// A signal came.
    pub(super) fn step(
        &mut self,
        step: &'static str,
        interrupt: &Interrupt,
        run: impl FnOnce() -> Result<Option<Tests>>,
    ) -> Result<()> {
        let _ = writeln!(stderr(), "\n=== {step}");
        let start = Instant::now();
        let result = match run() {
            Ok(tests) => Outcome::Passed(tests),
            Err(error) => {
                let _ = writeln!(stderr(), "{step} failed: {error:#}");
                Outcome::Failed(format!("{error:#}").lines().next().unwrap_or_default().to_owned())
            }
        };
        interrupt.check()?;
        self.rows.push(Row { step, result, took: start.elapsed() });
        Ok(())
    }

    /// A step that an earlier failure made impossible.
    pub(super) fn not_run(&mut self, step: &'static str) {
        self.rows.push(Row { step, result: Outcome::NotRun, took: Duration::ZERO });
    }

    /// Whether every step ran and passed.
    pub(super) fn passed(&self) -> bool {
        self.rows.iter().all(|row| matches!(row.result, Outcome::Passed(_)))
    }

    pub(super) fn print(&self) -> Result<()> {
        let mut out = stdout().lock();
        write!(out, "\n{}", self.table())?;
        out.flush()?;
        Ok(())
    }

    fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.step.chars().count()).max().unwrap_or(0);
        let mut all = Tests::default();
        let mut table = String::new();
        for Row { step, result, took } in &self.rows {
            let (verdict, detail) = match result {
                Outcome::Passed(tests) => {
                    all.add(tests.unwrap_or_default());
                    ("passed", tests.map(|tests| tests.to_string()).unwrap_or_default())
                }
                Outcome::Failed(reason) => ("FAILED", reason.clone()),
                Outcome::NotRun => ("NOT RUN", String::new()),
            };
            let line = format!("{step:width$}  {verdict:7}  {:>7.1} s  {detail}", took.as_secs_f32());
            table.push_str(line.trim_end());
            table.push('\n');
        }
        let verdict =
            if self.passed() { format!("all tests passed: {}", all.passed) } else { "FAILED".to_owned() };
        table.push_str(&verdict);
        table.push('\n');
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(results: impl IntoIterator<Item = Result<Option<Tests>>>) -> Report {
        let interrupt = Interrupt::never();
        let mut report = Report::default();
        for result in results {
            report.step("a step", &interrupt, || result).unwrap();
        }
        report
    }

    fn three() -> Result<Option<Tests>> {
        Ok(Some(Tests { passed: 3, failed: 0, ignored: 0 }))
    }

    #[test]
    fn the_table_ends_with_the_number_of_tests() {
        let report = report([Ok(None), three(), three()]);
        assert!(report.passed());
        assert!(report.table().ends_with("all tests passed: 6\n"), "{}", report.table());
    }

    #[test]
    fn one_failure_fails_it_all_and_its_reason_stands_in_one_line() {
        let report = report([three(), Err(anyhow::anyhow!("no disk\nand a log")), three()]);
        assert!(!report.passed());
        assert!(
            report.table().contains("no disk\n") && !report.table().contains("log"),
            "{}",
            report.table()
        );
        assert!(report.table().ends_with("\nFAILED\n"));
    }

    #[test]
    fn a_step_that_was_not_run_is_not_a_pass() {
        let mut report = report([three()]);
        report.not_run("another step");
        assert!(!report.passed());
        assert!(report.table().contains("another step  NOT RUN"), "{}", report.table());
    }
}
