//! What an extension module declares about the GIL, read where CPython itself reads it.
//!
//! CPython decides when it has made a module. A definition with slots says it in `Py_mod_gil`; a module without
//! slots may call `PyUnstable_Module_SetGIL`. Either way a flag of the module object has the answer, which only
//! free-threaded builds have, at an offset that changes between versions. So the offset is found by setting the
//! flag of a module made here. The slots are in the stable ABI, and say the same on every build.

use std::ffi::{c_int, c_void};
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyModule, PyType};

use crate::interpreter::symbols;

type SetGil = unsafe extern "C" fn(*mut ffi::PyObject, *mut c_void) -> c_int;

// The fields of a definition before its slots, after the head of an object: m_init, m_index, m_copy, m_name,
// m_doc, m_size, m_methods. Each is as large as a pointer.
const FIELDS_BEFORE_SLOTS: usize = 7;
// The numbers of slots in the headers up to 3.14, and in those of 3.15 and later.
const MOD_GIL: [c_int; 2] = [4, 87];
const GIL_USED: usize = 0;
const GIL_NOT_USED: usize = 1;

/// What is told of a module.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Declaration {
    NotUsed,
    Used,
    Undeclared,
    Unknown,
}

impl Declaration {
    fn name(self) -> &'static str {
        match self {
            Self::NotUsed => "not used",
            Self::Used => "used",
            Self::Undeclared => "undeclared",
            Self::Unknown => "unknown",
        }
    }
}

struct Layout {
    head: usize,
    flag: Option<Flag>,
}

/// The byte of a module object that says whether the module runs without the GIL.
struct Flag {
    offset: usize,
    not_used: u8,
}

static LAYOUT: OnceLock<Layout> = OnceLock::new();

/// Return what an extension module declares about the GIL.
///
/// ``"not used"``: it can run without. ``"used"``: it says that it cannot. ``"undeclared"``: it says
/// nothing, so importing it switches the GIL on. ``"unknown"``: a standard build cannot tell, as the
/// module has no slots. None: this is no extension module, but Python code or another object.
///
/// A free-threaded build tells "used" from "undeclared" only where the module has a definition with
/// slots. A module made from slots alone (3.15) has no definition; it counts as an extension module if
/// its loader says so, or if ``made`` is True: the caller knows.
#[pyfunction]
#[pyo3(signature = (module, /, *, made = false))]
pub fn declaration(module: &Bound<'_, PyAny>, made: bool) -> PyResult<Option<&'static str>> {
    let Ok(module) = module.cast::<PyModule>() else {
        return Ok(None);
    };
    let layout = layout(module.py())?;
    let told = if let Some(definition) = definition(module) {
        // SAFETY: a module keeps its definition alive, and the fields have been there since 3.5.
        unsafe { declared_by_slots(definition.as_ptr().cast(), layout.head) }
    } else {
        if !(made || has_native_loader(module)?) {
            return Ok(None);
        }
        None
    };
    Ok(Some(
        told.or_else(|| layout.declared_by_flag(module))
            .unwrap_or(Declaration::Unknown)
            .name(),
    ))
}

/// What the module was made from, if that is a definition.
///
/// The function is looked up at run time: the stable ABI of free-threaded builds leaves it out, because it
/// hides what is in a definition.
fn definition(module: &Bound<'_, PyModule>) -> Option<NonNull<c_void>> {
    type GetDef = unsafe extern "C" fn(*mut ffi::PyObject) -> *mut c_void;
    let address = symbols::find(module.py(), c"PyModule_GetDef")?.as_ptr();
    // SAFETY: the function has had this signature since 3.0.
    let get = unsafe { mem::transmute::<*mut c_void, GetDef>(address) };
    // SAFETY: this thread is attached, and `module` is a module.
    NonNull::new(unsafe { get(module.as_ptr()) })
}

impl Layout {
    fn declared_by_flag(&self, module: &Bound<'_, PyModule>) -> Option<Declaration> {
        let flag = self.flag.as_ref()?;
        // SAFETY: every module object has the byte, whatever its type adds behind.
        let byte = unsafe {
            module
                .as_ptr()
                .cast::<u8>()
                .add(flag.offset)
                .read_volatile()
        };
        Some(if byte == flag.not_used {
            Declaration::NotUsed
        } else {
            Declaration::Undeclared
        })
    }
}

/// Asks the module's dict, not the module: reading an attribute of one that is loaded lazily would load it.
fn has_native_loader(module: &Bound<'_, PyModule>) -> PyResult<bool> {
    let Some(spec) = module.dict().get_item("__spec__")? else {
        return Ok(false);
    };
    let Some(loader) = spec.getattr_opt("loader")? else {
        return Ok(false);
    };
    let native = module
        .py()
        .import("_frozen_importlib_external")?
        .getattr("ExtensionFileLoader")?;
    loader.is_instance(&native)
}

/// # Safety
///
/// `definition` must be a definition, and `head` the size of an object's head.
unsafe fn declared_by_slots(definition: *const u8, head: usize) -> Option<Declaration> {
    let offset = head + FIELDS_BEFORE_SLOTS * size_of::<usize>();
    // SAFETY: the caller's promise.
    let mut slots = unsafe {
        definition
            .add(offset)
            .cast::<*const ffi::PyModuleDef_Slot>()
            .read()
    };
    if slots.is_null() {
        return None;
    }
    loop {
        // SAFETY: the array ends with a zero, which is not passed.
        let slot = unsafe { slots.read() };
        if slot.slot == 0 {
            return Some(Declaration::Undeclared);
        }
        if MOD_GIL.contains(&slot.slot) {
            return Some(if slot.value.addr() == GIL_NOT_USED {
                Declaration::NotUsed
            } else {
                Declaration::Used
            });
        }
        // SAFETY: as above.
        slots = unsafe { slots.add(1) };
    }
}

fn layout(py: Python<'_>) -> PyResult<&'static Layout> {
    if let Some(layout) = LAYOUT.get() {
        return Ok(layout);
    }
    let head = basic_size(&py.get_type::<PyAny>())?;
    let flag = match symbols::find(py, c"PyUnstable_Module_SetGIL") {
        // SAFETY: CPython has had this signature since 3.13, where the function is from.
        Some(found) => find_flag(py, head, unsafe {
            mem::transmute::<*mut c_void, SetGil>(found.as_ptr())
        })?,
        None => None,
    };
    Ok(LAYOUT.get_or_init(|| Layout { head, flag }))
}

fn find_flag(py: Python<'_>, head: usize, set: SetGil) -> PyResult<Option<Flag>> {
    let module = PyModule::new(py, "gil")?;
    let end = basic_size(&module.get_type())?;
    let after = |gil: usize| {
        // SAFETY: this thread is attached, and `module` is a module.
        unsafe { set(module.as_ptr(), ptr::without_provenance_mut(gil)) };
        (head..end)
            .map(|offset| {
                // SAFETY: within the object, which no other thread knows.
                unsafe { module.as_ptr().cast::<u8>().add(offset).read_volatile() }
            })
            .collect::<Vec<_>>()
    };
    let (used, not_used, used_again) = (after(GIL_USED), after(GIL_NOT_USED), after(GIL_USED));
    let mut changed = (0..used.len()).filter(|&at| used[at] != not_used[at]);
    Ok(match (changed.next(), changed.next()) {
        (Some(at), None) if used == used_again => Some(Flag {
            offset: head + at,
            not_used: not_used[at],
        }),
        _ => None,
    })
}

fn basic_size(of: &Bound<'_, PyType>) -> PyResult<usize> {
    of.getattr("__basicsize__")?.extract()
}
