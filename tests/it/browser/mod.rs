//! The page in a real browser, Chromium through chromedriver: what a person sees and does.
//!
//! A test's device is a browser of its own. Each looks at its console in the end: a violation of the content policy or an
//! error of a script fails the test.

mod account;
mod board;
mod contacts;
mod device;
mod doors;
mod driver;
mod hostile;
mod house;
mod keyboard;
mod live;
mod login;
mod passkeys;
mod passwords;
mod phone;
mod pictures;
mod register;
mod restart;
mod session;
mod shape;

use device::Device;
use shape::Shape;
