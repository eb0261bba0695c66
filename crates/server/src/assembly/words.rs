//! The lists of words that are unwanted at fronts.

use portico_core::front::{FrontId, FrontTable};
use portico_core::moderation::WordFilter;

use super::{AssemblyError, AssemblyErrors};
use crate::config::Config;

impl Config {
    /// The words that are unwanted at each front that has a list, read anew.
    ///
    /// # Errors
    /// Lists that can't be read, and lines that can't stand in one.
    pub fn word_lists(&self, fronts: &FrontTable) -> Result<Vec<(FrontId, WordFilter)>, AssemblyErrors> {
        let (mut lists, mut wrong) = (Vec::new(), Vec::new());
        for front in fronts.iter() {
            let Some(file) = &front.options.word_filter else { continue };
            let path = self.base_dir.join(file);
            let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
            match read.and_then(|list| WordFilter::parse(&list).map_err(|error| error.to_string())) {
                Ok(filter) => lists.push((front.id.clone(), filter)),
                Err(why) => {
                    let text = format!("front {}: options.word_filter: {}: {why}", front.id, path.display());
                    wrong.push(AssemblyError(text));
                }
            }
        }
        if wrong.is_empty() { Ok(lists) } else { Err(AssemblyErrors(wrong)) }
    }
}
