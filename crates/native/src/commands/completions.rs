//! `sockscope completions` and `sockscope man`.

use crate::cli::End;
use anyhow::Result;
use std::io::{self, Write};

pub(crate) const EXAMPLES: &str = "\
Examples:
  sockscope completions bash > ~/.local/share/bash-completion/completions/sockscope
  sockscope completions zsh > ~/.zfunc/_sockscope
  sockscope completions fish > ~/.config/fish/completions/sockscope.fish";

pub(crate) fn completions(shell: clap_complete::Shell, command: &mut clap::Command) -> Result<End> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "sockscope", &mut script);
    io::stdout().write_all(&script)?;
    Ok(End::Success)
}

pub(crate) fn man(command: clap::Command) -> Result<End> {
    clap_mangen::Man::new(command).render(&mut io::stdout())?;
    Ok(End::Success)
}
