//! One message on its way to the engine: what is heard of it to find its place in the line is not heard again.

use std::sync::{Arc, Mutex, PoisonError};

use fenliu::{Engine, Heard, Inquiry, Outcome, Reading, Snapshot, TextError};

use crate::gate::Class;

/// An inquiry, and who answers it.
#[derive(Debug)]
pub(super) struct Asked {
    snapshot: Arc<Snapshot>,
    pub(super) inquiry: Inquiry,
    heard: Mutex<Option<Heard>>,
}

impl Asked {
    pub(super) fn new(snapshot: Arc<Snapshot>, inquiry: Inquiry) -> Self {
        Self { snapshot, inquiry, heard: Mutex::new(None) }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.snapshot.engine
    }

    /// How the words alone would have it. A text that cannot be read is soon done with.
    pub(super) fn class(&self) -> Class {
        let Ok(heard) = self.engine().hear(&self.inquiry.text) else { return Class::Usual };
        let class = if heard.is_grave() { Class::Urgent } else { Class::Usual };
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(heard);
        class
    }

    pub(super) fn route(&self) -> Result<Outcome, String> {
        Ok(self.snapshot.route_heard(&self.inquiry, self.heard()?))
    }

    pub(super) fn read(&self) -> Result<Reading, String> {
        self.engine().read(&self.inquiry).map_err(said)
    }

    fn heard(&self) -> Result<Heard, String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner).take();
        heard.map_or_else(|| self.engine().hear(&self.inquiry.text).map_err(said), Ok)
    }
}

fn said(error: TextError) -> String {
    format!("inquiry.text: {error}")
}
