//! `sockscope completions` and `sockscope man`.

use crate::end::{End, Usage};
use anyhow::{Result, anyhow};
use std::io::{self, Write};

pub(crate) const EXAMPLES: &str = "\
Examples:
  sockscope completions bash \\
    > ~/.local/share/bash-completion/completions/sockscope
  sockscope completions zsh > ~/.zfunc/_sockscope
  sockscope completions fish > ~/.config/fish/completions/sockscope.fish";

pub(crate) fn completions(shell: clap_complete::Shell, command: &mut clap::Command) -> Result<End> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "sockscope", &mut script);
    io::stdout().write_all(&script)?;
    Ok(End::Success)
}

pub(crate) fn man(mut command: clap::Command, of: Option<&str>) -> Result<End> {
    command.build();
    let page = match of {
        None => &command,
        Some(name) => command.find_subcommand(name).ok_or_else(|| {
            anyhow!(Usage(format!("there is no command {name}; `sockscope --help` lists them")))
        })?,
    };
    clap_mangen::Man::new(page.clone()).render(&mut io::stdout())?;
    Ok(End::Success)
}
