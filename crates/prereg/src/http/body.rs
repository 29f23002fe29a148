//! Reading a request's body, bounded.

use axum::body::{Body, Bytes};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is longer than allowed; it was not read to its end.
    TooLarge,
    /// It broke off or was not framed as HTTP.
    Broken,
}

/// Reads a body of at most so many bytes. One that announces more is refused
/// before it is read. How long it may take is the request's time limit.
///
/// # Errors
/// [`BodyError`].
pub(crate) async fn read(body: Body, most: usize) -> Result<Bytes, BodyError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > most {
        return Err(BodyError::TooLarge);
    }
    match Limited::new(body, most).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::Broken),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;

    use super::*;

    #[tokio::test]
    async fn reads_up_to_the_limit_and_not_beyond() {
        assert_eq!(read(Body::from("12345"), 5).await.unwrap(), "12345");
        assert_eq!(
            read(Body::from("123456"), 5).await,
            Err(BodyError::TooLarge)
        );
    }

    /// A body that comes in pieces and does not say how long it is.
    struct Pieces(Vec<&'static str>);

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let piece = self.0.pop();
            Poll::Ready(piece.map(|piece| Ok(Frame::data(Bytes::from(piece)))))
        }
    }

    #[tokio::test]
    async fn a_body_of_unannounced_length_is_limited_as_well() {
        let body = || Body::new(Pieces(vec!["456", "123"]));
        assert_eq!(read(body(), 6).await.unwrap(), "123456");
        assert_eq!(read(body(), 5).await, Err(BodyError::TooLarge));
    }
}
