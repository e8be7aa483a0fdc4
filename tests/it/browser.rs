//! The pages in a real Chromium, as people use them: by mouse, by keyboard, on a phone, without scripts.
//!
//! Each test starts the real server and walks through it by a script of Node, `browser/*.mjs`. Whatever a walk is for, it fails when
//! a page logs an error, throws, is refused something by its own Content-Security-Policy, or asks another host for anything;
//! `browser/lib.mjs` watches that.

mod everywhere;
mod hostile;
mod people;
mod stories;
mod walk;
