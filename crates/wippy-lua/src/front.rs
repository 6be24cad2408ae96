//! placeholder
pub fn erase(s: &str) -> Result<String, SyntaxError> {
    Ok(s.to_owned())
}
#[derive(Debug)]
pub struct SyntaxError {
    pub line: u32,
    pub column: u32,
    pub message: String,
}
