//! Files of `KEY=VALUE` lines. Read anew each time, written whole: into a file beside it that then takes its place.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use wippy_core::{Error, Text};

/// What an `env.storage.file` entry says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EnvFile {
    pub(super) path: PathBuf,
    /// Whether the first write makes the file, and the folders above it.
    pub(super) auto_create: bool,
    /// Permissions of a file that is made.
    pub(super) file_mode: u32,
    /// Permissions of folders that are made.
    pub(super) dir_mode: u32,
}

impl EnvFile {
    /// All keys; the first line with a key wins. A file that is not there is empty.
    pub(super) fn read(&self) -> Result<BTreeMap<String, Text>, Error> {
        let text = self.text()?.unwrap_or_default();
        let mut all = BTreeMap::new();
        for Line { key, value, .. } in lines(&text).filter_map(Line::parse) {
            all.entry(String::from_utf8_lossy(key).into_owned()).or_insert_with(|| Text::new(value));
        }
        Ok(all)
    }

    /// Sets a key: its line is replaced where it stands, a new one goes to the end. Everything else stays as it is.
    pub(super) fn write(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        fits(key, value)?;
        let text = match self.text()? {
            Some(text) => text,
            None if self.auto_create => Vec::new(),
            None => {
                let what = format!("there is no file {}; `auto_create: true` makes it", self.path.display());
                return Err(trouble(what));
            }
        };
        self.replace(&with_line(&text, key.as_bytes(), value)).map_err(|e| self.io("written", &e))
    }

    /// What is in it; `None` when it is not there.
    fn text(&self) -> Result<Option<Vec<u8>>, Error> {
        let read = || {
            if !fs::metadata(&self.path)?.is_file() {
                return Err(io::Error::other("it is no regular file"));
            }
            fs::read(&self.path)
        };
        match read() {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.io("read", &e)),
        }
    }

    /// What is wrong with the file as it lies there: the line, if it is about one, and what to do. A file that is not
    /// there is fine.
    pub(super) fn trouble(&self) -> Option<(Option<usize>, String)> {
        let text = match self.text() {
            Ok(text) => text.unwrap_or_default(),
            Err(e) => return Some((None, e.message().to_owned())),
        };
        let mut bad = lines(&text).enumerate().filter_map(|(i, line)| Some((i + 1, Line::mistake(line)?)));
        let (line, what) = bad.next()?;
        let more = match bad.count() {
            0 => String::new(),
            1 => "; one more line is like that".into(),
            n => format!("; {n} more lines are like that"),
        };
        Some((Some(line), format!("{what}{more}")))
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        // A link stays one: what it leads to is replaced.
        let target = match self.path.canonicalize() {
            Ok(target) => target,
            Err(e) if e.kind() == io::ErrorKind::NotFound => self.path.clone(),
            Err(e) => return Err(e),
        };
        let folder = target.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.exists() {
            make_folders(folder, self.dir_mode)?;
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // One thread writes all files of this program, so its number tells the names apart.
        let beside = folder.join(format!(".{name}.{}.tmp", std::process::id()));
        let written = fill(&beside, text, &target, self.file_mode).and_then(|()| fs::rename(&beside, &target));
        if written.is_err() {
            // It may never have been made.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    fn io(&self, what: &str, error: &io::Error) -> Error {
        trouble(format!("{} cannot be {what}: {error}", self.path.display()))
    }
}

fn trouble(what: String) -> Error {
    Error::internal(what).with_retryable(Some(false))
}

/// Writes a new file that is to take the place of `target`, with its permissions.
fn fill(path: &Path, text: &[u8], target: &Path, mode: u32) -> io::Result<()> {
    // One that a crash has left behind.
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = create(path)?;
    match fs::metadata(target) {
        Ok(old) => file.set_permissions(old.permissions())?,
        Err(_) => set_mode(&file, mode)?,
    }
    file.write_all(text)?;
    file.sync_all()
}

/// Makes a file that only we can read so far.
fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn set_mode(file: &fs::File, mode: u32) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &fs::File, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg_attr(not(unix), allow(unused_variables, unused_mut, reason = "only Unix has modes"))]
fn make_folders(folder: &Path, mode: u32) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    builder.create(folder)
}

/// Whether a line can hold this: what is written must be what is read.
fn fits(key: &str, value: &[u8]) -> Result<(), Error> {
    let key = key.as_bytes();
    let bad = |bytes: &[u8], more: &[u8]| {
        bytes.trim_ascii() != bytes || bytes.iter().any(|b| matches!(b, b'\n' | b'\r' | b'#') || more.contains(b))
    };
    if key.is_empty() || bad(key, b"=") {
        return Err(Error::invalid("a file cannot hold a variable of this name"));
    }
    if bad(value, b"") {
        return Err(Error::invalid("a file cannot hold a value with line breaks, '#', or blanks around it"));
    }
    Ok(())
}

/// The lines of a text, each with its line break.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|b| *b == b'\n')
}

/// A line that sets something.
struct Line<'a> {
    key: &'a [u8],
    value: &'a [u8],
    /// What stands behind the value: blanks, a remark, the line break.
    rest: &'a [u8],
}

impl<'a> Line<'a> {
    fn parse(line: &'a [u8]) -> Option<Line<'a>> {
        let end = line.iter().position(|b| *b == b'#').unwrap_or(line.len());
        let setting = line[..end].trim_ascii_end();
        let equals = setting.iter().position(|b| *b == b'=')?;
        let (key, value) = (setting[..equals].trim_ascii(), setting[equals + 1..].trim_ascii());
        (!key.is_empty()).then_some(Line { key, value, rest: &line[setting.len()..] })
    }

    /// Why a line does not do what its writer meant. Its text is not told: it may be a secret.
    fn mistake(line: &[u8]) -> Option<&'static str> {
        let remark = line.iter().position(|b| *b == b'#').unwrap_or(line.len());
        match Line::parse(line) {
            Some(Line { key, .. }) if key.starts_with(b"export ") => {
                Some("a name must stand without 'export' before it")
            }
            None if !line[..remark].trim_ascii().is_empty() => Some("this line is neither NAME=VALUE nor a remark"),
            _ => None,
        }
    }
}

/// The text with a key set.
fn with_line(text: &[u8], key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut new = Vec::with_capacity(text.len() + key.len() + value.len() + 2);
    let mut found = false;
    for line in lines(text) {
        match Line::parse(line) {
            Some(old) if old.key == key && !found => {
                found = true;
                for part in [key, b"=", value, old.rest] {
                    new.extend_from_slice(part);
                }
            }
            _ => new.extend_from_slice(line),
        }
    }
    if !found {
        if new.last().is_some_and(|b| *b != b'\n') {
            new.push(b'\n');
        }
        for part in [key, b"=", value, b"\n"] {
            new.extend_from_slice(part);
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path) -> EnvFile {
        EnvFile { path: folder.join("a/b/.env"), auto_create: true, file_mode: 0o640, dir_mode: 0o750 }
    }

    #[test]
    fn lines_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let env = EnvFile { path: folder.path().join("env"), ..file(folder.path()) };
        fs::write(&env.path, "# remark\n A = 1 # one\r\nB=x=y\nC=\"q\" \nA=2\nnothing\n=lost\nD=#\nE=a#b\n").unwrap();
        let read = env.read().unwrap();
        let told: Vec<_> = read.iter().map(|(k, v)| format!("{k}={}", v.to_str_lossy())).collect();
        assert_eq!(told, ["A=1", "B=x=y", "C=\"q\"", "D=", "E=a"]);
    }

    #[test]
    fn a_line_is_replaced_where_it_stands() {
        for (before, after) in [
            ("", "A=new\n"),
            ("B=1", "B=1\nA=new\n"),
            ("# A=0\nA=1 # why\nB=2\nA=3", "# A=0\nA=new # why\nB=2\nA=3"),
            (" A = old\r\nB=1\r\n", "A=new\r\nB=1\r\n"),
            ("A=1#x", "A=new#x"),
            ("AA=1\n", "AA=1\nA=new\n"),
        ] {
            assert_eq!(String::from_utf8(with_line(before.as_bytes(), b"A", b"new")).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn what_a_line_cannot_hold_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let env = file(folder.path());
        for value in ["a\nb", "a\rb", "#", "a #", " a", "a\t"] {
            assert_eq!(
                *env.write("A", value.as_bytes()).unwrap_err().kind(),
                wippy_core::ErrorKind::Invalid,
                "{value}"
            );
        }
        for key in ["", "a=b", "a#b", " a"] {
            assert_eq!(*env.write(key, b"x").unwrap_err().kind(), wippy_core::ErrorKind::Invalid, "{key}");
        }
        assert!(!env.path.exists());
    }

    #[test]
    fn the_first_write_makes_file_and_folders_if_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let shy = EnvFile { auto_create: false, ..file(folder.path()) };
        assert!(shy.read().unwrap().is_empty());
        assert!(shy.write("A", b"1").unwrap_err().message().contains("auto_create"));
        let env = file(folder.path());
        env.write("A", b"1").unwrap();
        env.write("app:b", b"2 3").unwrap();
        assert_eq!(fs::read_to_string(&env.path).unwrap(), "A=1\napp:b=2 3\n");
        let names: Vec<_> = fs::read_dir(folder.path().join("a/b")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, [".env"], "nothing is left beside it");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_the_mode_of_its_entry_and_an_old_one_keeps_its_own() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let env = file(folder.path());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        env.write("A", b"1").unwrap();
        assert_eq!(mode(&env.path), 0o640);
        fs::set_permissions(&env.path, fs::Permissions::from_mode(0o600)).unwrap();
        let link = EnvFile { path: folder.path().join("link"), ..env.clone() };
        symlink(&env.path, &link.path).unwrap();
        link.write("A", b"2").unwrap();
        assert_eq!(mode(&env.path), 0o600);
        assert_eq!(fs::read_to_string(&env.path).unwrap(), "A=2\n");
        assert!(fs::symlink_metadata(&link.path).unwrap().is_symlink());
    }

    #[test]
    fn lines_that_set_nothing_are_mistakes() {
        let folder = tempfile::tempdir().unwrap();
        let env = EnvFile { path: folder.path().join("env"), ..file(folder.path()) };
        assert_eq!(env.trouble(), None, "no file");
        let neither = "this line is neither NAME=VALUE nor a remark";
        for (text, told) in [
            ("", None),
            ("# x\n\n  \r\nA=1\r\nB=#\n #", None),
            ("A=1\nsecret\n", Some((2, neither.to_owned()))),
            ("=1", Some((1, neither.to_owned()))),
            ("a\nb # x", Some((1, format!("{neither}; one more line is like that")))),
            ("a\nA=1\nb\nexport C=1", Some((1, format!("{neither}; 2 more lines are like that")))),
            ("export A=1", Some((1, "a name must stand without 'export' before it".to_owned()))),
        ] {
            fs::write(&env.path, text).unwrap();
            assert_eq!(env.trouble(), told.map(|(line, what)| (Some(line), what)), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let env = EnvFile { path: folder.path().to_owned(), ..file(folder.path()) };
        assert!(env.trouble().is_some_and(|(line, what)| line.is_none() && what.contains("no regular file")));
        assert!(env.read().unwrap_err().message().contains("no regular file"));
        assert!(env.write("A", b"1").is_err());
    }
}
