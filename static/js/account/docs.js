// The page that describes the API: an address with #op-… opens that operation. Without this file one opens it by hand.

function open() {
  const named = location.hash.startsWith("#op-") && document.getElementById(location.hash.slice(1));
  if (named) named.open = true;
}

addEventListener("hashchange", open);
open();
