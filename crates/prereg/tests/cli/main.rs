//! The program as its users call it.

mod help;
mod jose;
mod program;
