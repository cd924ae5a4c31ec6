//! Tells the crate which PyO3 and which ABI it is built with, for `gil.build_info()` and `cfg`.

use std::{env, fs, path::Path};

use pyo3_build_config::{PythonAbiKind, StableAbi};

fn main() {
    let lock = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("Cargo.lock");
    pyo3_build_config::use_pyo3_cfgs(); // so that `cfg(Py_LIMITED_API)` means here what it does in PyO3
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", lock.display());
    println!(
        "cargo::rustc-env=GIL_PYO3_VERSION={}",
        locked(&lock, "pyo3")
    );
    println!("cargo::rustc-env=GIL_ABI={}", abi());
}

// No crate tells its dependents its version, so it comes from the lock file, which every build
// here has: the tree's and the sdist's.
fn locked(lock: &Path, package: &str) -> String {
    let text = fs::read_to_string(lock).expect("Cargo.lock lies beside Cargo.toml");
    let heading = format!("name = \"{package}\"");
    text.lines()
        .skip_while(|line| *line != heading)
        .find_map(|line| line.strip_prefix("version = "))
        .expect("the package is locked")
        .trim_matches('"')
        .to_owned()
}

// As the wheel's ABI tag spells it, except that an abi3t build says only that: it is the GIL
// interpreters' abi3 as well, and its tag is "abi3.abi3t".
fn abi() -> String {
    let config = pyo3_build_config::get();
    let version = config.version();
    match config.target_abi().kind() {
        PythonAbiKind::Stable(StableAbi::Abi3) => "abi3".to_owned(),
        PythonAbiKind::Stable(StableAbi::Abi3t) => "abi3t".to_owned(),
        kind => {
            let t = if kind.is_free_threaded() { "t" } else { "" };
            format!("cp{}{}{t}", version.major, version.minor)
        }
    }
}
