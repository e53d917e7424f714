// The pages of code scenes: a new one, and one with its versions.

import { find, fromPage } from "#lib/dom";
import { _ } from "#lib/words";
import { SceneForm } from "#scenes/form";
import { ScenePlayer } from "#scenes/player";
import { Writing } from "#scenes/writing";

const config = fromPage("scene-config");
const form = find("#scene-form") ? new SceneForm(config) : null;
const writing = new Writing();
const player = find("[data-scene]") ? new ScenePlayer(find("[data-scene]")) : null;
// What a version said when it failed is sent back once: where the next one says the same, words help more.
const TOLD = `brushwire.scene.${config.scene}`;

async function follow(generation) {
  form?.busy(true);
  player?.stage.end();
  try {
    const ended = await writing.follow(generation);
    if (ended.state === "finished") go("#run");
    else if (!config.fresh) go("");
    else form?.refuse(ended.error?.message || _("This was stopped."));
  } catch (error) {
    form?.refuse(error.status === 1 ? error.message : _("The text can no longer be followed. Please reload the page."));
  }
  form?.busy(false);
}

/** The scene's page as it is now. A page whose hash alone changes would not be fetched anew. */
function go(hash) {
  if (location.pathname !== config.page || location.search) return location.assign(config.page + hash);
  history.replaceState(null, "", config.page + hash);
  return location.reload();
}

form?.addEventListener("asked", ({ detail }) => follow(detail.id));
if (config.running) follow(config.running);

player?.addEventListener("failed", ({ detail: error }) => {
  const mend = find("[data-scene-mend]", player.root);
  mend.hidden = !form || sessionStorage.getItem(TOLD) === error;
  mend.onclick = () => {
    mend.hidden = true;
    sessionStorage.setItem(TOLD, error);
    form.send({ error });
  };
});
if (player && location.hash === "#run" && !config.running) {
  history.replaceState(null, "", location.pathname + location.search);
  player.run();
}
