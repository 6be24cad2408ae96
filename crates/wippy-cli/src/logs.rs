//! How log records look: tab-separated on stderr, coloured on stdout (`-c`), or one JSON object a line.

use crate::app::Config;
use crate::args::Wippy;
use crate::say;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Where a word of warning goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Warnings {
    /// It is a log record.
    Logged,
    /// There is no log; it is said on stderr, as errors are.
    Said,
    /// Nobody wants to hear it.
    Dropped,
}

impl Warnings {
    /// Says it, where it is not logged.
    pub(crate) fn say(self, what: &impl std::fmt::Display) {
        if self == Warnings::Said {
            say::warn(&format!("Warning: {what}"));
        }
    }
}

/// Installs the log output. Without flags, commands are silent, but for what an app's author has to put right.
pub(crate) fn start(wippy: &Wippy, command: bool, config: &Config) -> Result<Warnings, String> {
    let asked = wippy.verbose || wippy.very_verbose || wippy.console;
    if wippy.silent {
        return Ok(Warnings::Dropped);
    }
    if command && !asked {
        return Ok(Warnings::Said);
    }
    let form = match config.text("logger.encoding") {
        _ if wippy.console => Form::Console,
        Some("json") => Form::Json,
        Some("console") | None => Form::Plain,
        Some(other) => return Err(format!("logger.encoding must be console or json, not '{other}'")),
    };
    let level = match config.int("logmanager.min_level") {
        _ if wippy.verbose || wippy.very_verbose => Level::DEBUG,
        Some(i64::MIN..=-1) => Level::DEBUG,
        Some(0) | None => Level::INFO,
        Some(1) => Level::WARN,
        Some(_) => Level::ERROR,
    };
    let output = Output { form, level, started: Instant::now() };
    let subscriber = tracing_subscriber::registry().with(output);
    tracing::subscriber::set_global_default(subscriber).map_err(|_| "logs are set up already".to_owned())?;
    Ok(Warnings::Logged)
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Plain,
    Console,
    Json,
}

struct Output {
    form: Form,
    level: Level,
    started: Instant,
}

/// The parts of a record.
#[derive(Default)]
struct Record {
    logger: String,
    message: String,
    fields: serde_json::Map<String, serde_json::Value>,
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "message" => self.message = text,
            name => {
                self.fields.insert(name.to_owned(), text.into());
            }
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "logger" => self.logger = value.to_owned(),
            // Fields whose names a program chose come as one JSON object.
            "fields" => match serde_json::from_str(value) {
                Ok(serde_json::Value::Object(map)) => self.fields.extend(map),
                _ => drop(self.fields.insert("fields".into(), value.into())),
            },
            _ if value.is_empty() => {}
            name => drop(self.fields.insert(name.to_owned(), value.into())),
        }
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
}

impl<S: Subscriber> Layer<S> for Output {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= self.level && (metadata.target().starts_with("wippy") || *metadata.level() <= Level::WARN)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut record = Record { logger: event.metadata().target().to_owned(), ..Record::default() };
        event.record(&mut record);
        let line = self.line(*event.metadata().level(), record);
        // Nothing sensible can be done when the log's own output fails.
        let _ = if self.form == Form::Plain {
            std::io::stderr().write_all(line.as_bytes())
        } else {
            std::io::stdout().write_all(line.as_bytes())
        };
    }
}

impl Output {
    fn line(&self, level: Level, record: Record) -> String {
        let Record { logger, message, fields } = record;
        let mut line = String::new();
        let _ = match self.form {
            Form::Plain => {
                let _ = write!(line, "{}\t{level}\t{logger}\t{message}", time(' '));
                if fields.is_empty() { Ok(()) } else { write!(line, "\t{}", serde_json::Value::Object(fields)) }
            }
            Form::Console => {
                let colour = match level {
                    Level::ERROR => 31,
                    Level::WARN => 33,
                    Level::INFO => 36,
                    _ => 90,
                };
                let seconds = self.started.elapsed().as_secs_f64();
                let level = level.to_string();
                let _ = write!(line, "{seconds:6.2}s \u{1b}[{colour}m{level:<5}\u{1b}[0m {logger:<12} {message}");
                fields.iter().try_for_each(|(k, v)| write!(line, " {k}={v}"))
            }
            Form::Json => {
                let level = level.to_string().to_lowercase();
                let mut object = serde_json::Map::new();
                for (key, value) in [("level", level), ("ts", time('T')), ("logger", logger), ("msg", message)] {
                    object.insert(key.into(), value.into());
                }
                object.extend(fields);
                write!(line, "{}", serde_json::Value::Object(object))
            }
        };
        line.push('\n');
        line
    }
}

/// UTC as `YYYY-MM-DD HH:MM:SS`; with milliseconds and `Z` when `T` separates date and time.
///
/// # Source
/// Days to civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn time(separator: char) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (now.as_secs() / 86_400, now.as_secs() % 86_400);
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}{separator}{h:02}:{m:02}:{s:02}");
    if separator == 'T' {
        let _ = write!(text, ".{:03}Z", now.subsec_millis());
    }
    text
}
