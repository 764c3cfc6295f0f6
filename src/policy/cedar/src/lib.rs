//! Cedar behind five C functions; `src/policy/cedar.h` is their contract.
//!
//! Texts cross the border as UTF-8 JSON with a length; what comes back is a NUL-terminated text that
//! `visavis_cedar_free_text` takes again. No panic crosses: each entry catches it and answers as an error,
//! which the caller reads as a refusal.

mod authorise;
mod compile;

use std::collections::HashMap;
use std::ffi::{c_char, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A parsed, validated set: what every decision reads, and nothing writes.
pub struct Compiled {
    schema: cedar_policy::Schema,
    policies: cedar_policy::PolicySet,
    /// The schema's actions as entities, so that a request parses only its own.
    actions: cedar_policy::Entities,
    /// Names of the schema's entity types, parsed.
    types: HashMap<String, cedar_policy::EntityTypeName>,
    known: authorise::Known,
}

fn give(text: String) -> *mut c_char {
    CString::new(text.replace('\0', "\u{fffd}")).map(CString::into_raw).unwrap_or(std::ptr::null_mut())
}

/// # Safety
/// `text` points to `length` readable bytes.
unsafe fn take<'a>(text: *const u8, length: usize) -> Result<&'a str, String> {
    if text.is_null() {
        return Err("no text".to_owned());
    }
    std::str::from_utf8(std::slice::from_raw_parts(text, length)).map_err(|error| error.to_string())
}

/// # Safety
/// `sources` points to `length` readable bytes, `report` to a writable pointer.
#[no_mangle]
pub unsafe extern "C" fn visavis_cedar_compile(
    sources: *const u8,
    length: usize,
    report: *mut *mut c_char,
) -> *mut Compiled {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let text = take(sources, length)?.to_owned();
        // Cedar's parser and validator recurse with the depth of the text.
        std::thread::Builder::new()
            .stack_size(256 << 20)
            .spawn(move || compile::compile(&text))
            .map_err(|error| error.to_string())?
            .join()
            .map_err(|_| "the policy compiler panicked".to_owned())
    }));
    let (compiled, words) = match outcome {
        Ok(Ok((compiled, words))) => (compiled, words),
        Ok(Err(message)) => (None, compile::failure(&message)),
        Err(_) => (None, compile::failure("the policy compiler panicked")),
    };
    *report = give(words);
    compiled.map_or(std::ptr::null_mut(), |compiled| Box::into_raw(Box::new(compiled)))
}

/// # Safety
/// `compiled` comes from `visavis_cedar_compile` and is not freed; `request` points to `length` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn visavis_cedar_authorise(
    compiled: *const Compiled,
    request: *const u8,
    length: usize,
) -> *mut c_char {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let compiled = compiled.as_ref().ok_or_else(|| "no policy set".to_owned())?;
        authorise::authorise(compiled, take(request, length)?)
    }));
    give(match outcome {
        Ok(Ok(answer)) => answer,
        Ok(Err(message)) => authorise::invalid(&message),
        Err(_) => authorise::invalid("the policy engine panicked"),
    })
}

/// # Safety
/// `compiled` comes from `visavis_cedar_compile` or is null; nobody uses it any more.
#[no_mangle]
pub unsafe extern "C" fn visavis_cedar_free(compiled: *mut Compiled) {
    if !compiled.is_null() {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(compiled))));
    }
}

/// # Safety
/// `text` comes from this library or is null; nobody uses it any more.
#[no_mangle]
pub unsafe extern "C" fn visavis_cedar_free_text(text: *mut c_char) {
    if !text.is_null() {
        drop(CString::from_raw(text));
    }
}

/// The versions of Cedar's library and of its language, e.g. `4.14.1 4.5.0`.
#[no_mangle]
pub extern "C" fn visavis_cedar_version() -> *mut c_char {
    let versions =
        catch_unwind(|| format!("{} {}", cedar_policy::get_sdk_version(), cedar_policy::get_lang_version()));
    give(versions.unwrap_or_default())
}
