//! Bytecode, lying so that states can use it where it is.
//!
//! Lua aligns what it dumps by the distance from the beginning; so the beginning is aligned for all that a dump holds.

#![allow(unsafe_code, reason = "looks at words as bytes")]

/// Bytecode of one chunk. States that have loaded it keep addresses into it: what is loaded has to outlive them.
pub(crate) struct Code {
    words: Box<[u64]>,
    len: usize,
}

impl Code {
    /// The same bytes at an aligned place.
    pub(crate) fn new(bytes: &[u8]) -> Code {
        let word = |piece: &[u8]| {
            let mut word = [0; size_of::<u64>()];
            word[..piece.len()].copy_from_slice(piece);
            u64::from_ne_bytes(word)
        };
        Code { words: bytes.chunks(size_of::<u64>()).map(word).collect(), len: bytes.len() }
    }

    /// What was dumped.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the words are as many as hold `len` bytes, all of them initialised; any bytes are bytes.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn bytes_come_back_and_lie_aligned() {
        for len in [0, 1, 7, 8, 9, 1_000] {
            let bytes: Vec<u8> = (0..len).map(|n| n as u8).collect();
            let code = Code::new(&bytes);
            assert_eq!(code.bytes(), bytes);
            assert!(code.bytes().as_ptr().cast::<u64>().is_aligned());
        }
    }
}
