//! Memory that may not be there.

use super::LONGEST;

/// Memory that may be read wherever one likes.
pub trait Memory {
    /// Fills `into` from `address`; false if not all of that is there.
    fn read(&self, address: u64, into: &mut [u8]) -> bool;

    /// So many bytes.
    fn array<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let mut into = [0; N];
        self.read(address, &mut into).then_some(into)
    }

    /// 64 bits.
    fn word(&self, address: u64) -> Option<u64> {
        self.array(address).map(u64::from_ne_bytes)
    }

    /// 32 bits.
    fn half(&self, address: u64) -> Option<u32> {
        self.array(address).map(u32::from_ne_bytes)
    }

    /// So many bytes, unless that is more than is believed.
    fn bytes(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        if length > LONGEST {
            return None;
        }
        let mut into = Vec::new();
        into.try_reserve_exact(length as usize).ok()?;
        into.resize(length as usize, 0);
        self.read(address, &mut into).then_some(into)
    }
}

/// This process's own memory, read by the system, which does not crash where there is none.
#[derive(Clone, Copy, Debug)]
pub struct Own;

impl Memory for Own {
    #[cfg(target_os = "linux")]
    fn read(&self, address: u64, into: &mut [u8]) -> bool {
        let local = libc::iovec {
            iov_base: into.as_mut_ptr().cast(),
            iov_len: into.len(),
        };
        let remote = libc::iovec {
            iov_base: address as *mut libc::c_void,
            iov_len: into.len(),
        };
        // SAFETY: it writes to `into`, whose length it is told; what cannot be read is an error.
        let read = unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) };
        usize::try_from(read) == Ok(into.len())
    }

    #[cfg(target_os = "macos")]
    fn read(&self, address: u64, into: &mut [u8]) -> bool {
        unsafe extern "C" {
            static mach_task_self_: u32;
            fn mach_vm_read_overwrite(
                task: u32,
                address: u64,
                size: u64,
                data: u64,
                read: *mut u64,
            ) -> i32;
        }
        let (size, data) = (into.len() as u64, into.as_mut_ptr() as u64);
        let mut read = 0;
        // SAFETY: it writes to `into`, whose length it is told; what cannot be read is an error.
        let result =
            unsafe { mach_vm_read_overwrite(mach_task_self_, address, size, data, &mut read) };
        result == 0 && read == size
    }

    #[cfg(windows)]
    fn read(&self, address: u64, into: &mut [u8]) -> bool {
        use std::ffi::c_void;

        unsafe extern "system" {
            fn GetCurrentProcess() -> *mut c_void;
            fn ReadProcessMemory(
                process: *mut c_void,
                address: *const c_void,
                buffer: *mut c_void,
                size: usize,
                read: *mut usize,
            ) -> i32;
        }
        let (buffer, size) = (into.as_mut_ptr().cast(), into.len());
        let mut read = 0;
        // SAFETY: it writes to `into`, whose length it is told; what cannot be read is an error.
        let result = unsafe {
            ReadProcessMemory(
                GetCurrentProcess(),
                address as *const c_void,
                buffer,
                size,
                &mut read,
            )
        };
        result != 0 && read == size
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    fn read(&self, _address: u64, _into: &mut [u8]) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_says_what_is_not() {
        let value = [1_u64, 2, 3];
        let address = value.as_ptr() as u64;
        assert_eq!(Own.word(address + 8), Some(2));
        assert_eq!(Own.half(address + 16), Some(3));
        assert_eq!(Own.bytes(address, 24).map(|bytes| bytes.len()), Some(24));
        assert_eq!(Own.word(0), None);
        assert_eq!(Own.word(u64::MAX - 64), None);
        assert_eq!(Own.bytes(address, LONGEST + 1), None);
    }
}
