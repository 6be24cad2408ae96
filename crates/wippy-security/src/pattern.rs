//! Patterns for actions and resources: exact, or with a wildcard at the end.

/// Whether `value` matches `pattern`. Byte-wise; only a trailing `*` is special.
///
/// `*` matches everything, `p.*` everything that begins with `p` (the dot is not required), `p*` everything that begins
/// with `p`, anything else only itself.
///
/// # Source
/// The security reference, §3, rules 1 to 5.
///
/// ```
/// use wippy_security::pattern::matches;
/// assert!(matches("store.*", "store.get"));
/// assert!(matches("store.*", "storefront"));
/// assert!(!matches("*.get", "store.get"));
/// ```
pub fn matches(pattern: &str, value: &str) -> bool {
    if pattern == "*" || pattern == value {
        return true;
    }
    if pattern.len() > 2
        && let Some(prefix) = pattern.strip_suffix(".*")
    {
        return value.starts_with(prefix);
    }
    match pattern.strip_suffix('*') {
        Some(prefix) if pattern.len() > 1 => value.starts_with(prefix),
        _ => false,
    }
}
