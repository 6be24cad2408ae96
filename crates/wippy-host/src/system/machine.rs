//! What the operating system says about this program and the machine it runs on.

/// Memory of this program, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    /// What its data take now.
    pub(super) used: u64,
    /// The most that it took so far, code included; at least `used`.
    pub(super) peak: u64,
    /// The stack of its first thread.
    pub(super) stack: u64,
}

impl Memory {
    /// As it is now. Where the system does not tell, all is what it took at most.
    pub(super) fn now() -> Memory {
        let told = std::fs::read_to_string("/proc/self/status").ok().and_then(|text| Memory::parse(&text));
        told.unwrap_or_else(|| {
            let peak = peak();
            Memory { used: peak, peak, stack: 0 }
        })
    }

    /// Reads the lines of `/proc/self/status`.
    fn parse(text: &str) -> Option<Memory> {
        let figure = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kilobytes * 1024)
        };
        let used = figure("RssAnon").or_else(|| figure("VmRSS"))?;
        let peak = figure("VmHWM").unwrap_or(used).max(used);
        Some(Memory { used, peak, stack: figure("VmStk").unwrap_or(0) })
    }
}

#[cfg(unix)]
#[allow(unsafe_code, reason = "usage is read through the C library")]
fn peak() -> u64 {
    // SAFETY: the struct is plain data, for which zeros are valid, and getrusage only fills it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    // Apple's systems count bytes, the others kilobytes.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    u64::try_from(usage.ru_maxrss).unwrap_or(0) * unit
}

#[cfg(not(unix))]
fn peak() -> u64 {
    0
}

/// The machine's name.
#[cfg(unix)]
#[allow(unsafe_code, reason = "the name is read through the C library")]
pub(super) fn hostname() -> Option<String> {
    let mut name = [0u8; 256];
    // SAFETY: the buffer is ours and as long as we say; one byte more stays zero, so the name ends inside.
    let done = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    let end = name.iter().position(|b| *b == 0)?;
    (done == 0).then(|| String::from_utf8_lossy(&name[..end]).into_owned())
}

/// The machine's name.
#[cfg(not(unix))]
pub(super) fn hostname() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read() {
        let text = "Name:\twippy\nVmHWM:\t    2048 kB\nVmRSS:\t  1024 kB\nRssAnon:\t     512 kB\nVmStk:\t 132 kB\n";
        let memory = Memory { used: 512 << 10, peak: 2048 << 10, stack: 132 << 10 };
        assert_eq!(Memory::parse(text), Some(memory));
        assert_eq!(Memory::parse("VmRSS: 8 kB"), Some(Memory { used: 8192, peak: 8192, stack: 0 }));
        assert_eq!(Memory::parse("VmRSS: many kB"), None);
        assert_eq!(Memory::parse(""), None);
    }

    #[test]
    fn this_program_has_memory_and_this_machine_a_name() {
        let memory = Memory::now();
        assert!(memory.used > 0 && memory.peak >= memory.used, "{memory:?}");
        assert!(cfg!(not(unix)) || peak() > 0);
        assert!(hostname().is_some_and(|name| !name.is_empty()));
    }
}
