//! `wasi:random`. Guests make keys of what `random` gives, so that comes from the operating system, also in a simulated
//! run; the other two come from the process's context, where a simulated run gets the same ones again.

use crate::guest::Guest;
use crate::imports::operations::host_fault;
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};
use wippy_core::Cx;

/// The most bytes that one call may ask for.
const BYTES_MAX: u64 = 1 << 20;

fn checked(len: u64) -> wasmtime::Result<usize> {
    if len > BYTES_MAX {
        return Err(wasmtime::Error::msg(format!("{len} random bytes at once are too many ({BYTES_MAX} at most)")));
    }
    Ok(len as usize)
}

/// Bytes that nobody can foretell.
fn secret(into: &mut [u8]) -> wasmtime::Result<()> {
    getrandom::fill(into).map_err(|e| wasmtime::Error::msg(format!("the system gives no random bytes: {e}")))
}

fn bytes(len: u64) -> wasmtime::Result<Vec<u8>> {
    let len = checked(len)?;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        bytes.extend(number()?.to_le_bytes());
    }
    bytes.truncate(len);
    Ok(bytes)
}

fn number() -> wasmtime::Result<u64> {
    Cx::with(|cx| cx.random()).map_err(host_fault)
}

impl random::Host for Guest {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        let mut bytes = vec![0; checked(len)?];
        secret(&mut bytes)?;
        Ok(bytes)
    }
    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        let mut bytes = [0; 8];
        secret(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

impl insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        bytes(len)
    }
    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        number()
    }
}

impl insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((number()?, number()?))
    }
}
