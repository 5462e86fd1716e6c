//! Commands that this system cannot run: they say so.

use crate::end::{End, Usage};
use anyhow::{Result, anyhow};
use clap::Args as ClapArgs;
use std::env::consts::OS;

/// Arguments of a command that this system cannot run: whatever they are.
#[derive(Debug, ClapArgs)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    words: Vec<String>,
}

pub(crate) fn refuse(command: &str, args: &Args) -> Result<End> {
    let line = args.words.iter().fold(format!("sockscope {command}"), |line, word| line + " " + word);
    Err(anyhow!(Usage(format!("{line}: sockscope {command} needs Linux, and this is {OS}"))))
}
