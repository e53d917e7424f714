// What the buttons of a result do. Each takes the generation (`entry`), most of them the picture in view (`work`) too.

import { freshSeed } from "#lib/ids";
import { ask } from "#lib/server";
import { _ } from "#lib/words";
import { upload } from "#studio/panels/inputs";

const isShape = ({ works = [] }) => works.some((work) => work.model);
const canCopy = () => Boolean(navigator.clipboard?.write && globalThis.ClipboardItem);

/**
 * @param {object} parts actions, store, board, form, tools, tray, pinned, film, origins, photo (which may be fetched later)
 * @param {object} page `entryOf(command)`, `look(command)`: bring it into view, `redraw()`, `draw()`: show the board, `fail(text)`
 */
export function resultActs({ actions, store, board, form, tools, tray, pinned, film, origins, photo }, page) {
  const needs = (entry) => Object.keys(tools.of(entry.tool)?.inputs ?? {});
  const before = ({ inputs = {} }) => inputs.sketch ?? inputs.image;
  const pictureOf = async (work) => {
    const answer = await fetch(work.image);
    if (!answer.ok) throw new Error("address");
    return answer.blob();
  };
  // The present model where it can enlarge, else the first that can.
  const enlarger = () => [form.model, ...form.config.models].find((model) => model?.tools.includes("upscale"));
  const lost = () => page.fail(_("The picture could not be loaded."));
  return {
    entryOf: page.entryOf,
    look: page.look,
    /** Whether a button is offered at all, where it depends. */
    offers: {
      compare: (entry) => !isShape(entry) && Boolean(before(entry)),
      copy: canCopy,
      more: ({ params }) => "prompt" in params, // chance plays no part in what is done to a photo
      next: (entry) => tray.marked(entry.command),
      hints: (entry) => Boolean(tools.of(entry.tool)?.takes?.hints),
      edit: (entry) => !isShape(entry),
      enlarge: (entry) => !isShape(entry) && entry.tool !== "upscale" && Boolean(enlarger()),
    },
    before: (entry) => `/api/v1/inputs/${before(entry)}`,
    canRepeat: (entry) => actions.canRepeat(entry.command) || needs(entry).every((role) => entry.inputs?.[role]),
    cancel: (entry) => actions.stop(entry),
    repeat: (entry) => page.look(actions.repeat(entry)),
    more: (entry) => page.look(actions.repeat(entry, { seed: freshSeed() })),
    settings(entry) {
      form.styles.choose(null); // its words are in the prompt already
      form.use({ ...entry.params, model: entry.model, locked: true });
      page.draw();
    },
    async board(entry, work) {
      page.draw();
      const blob = await pictureOf(work).catch(lost);
      const name = entry.params.prompt?.trim().slice(0, 40) || _("Picture");
      if (blob && (await board.addPicture(blob, name))) origins.add({ work: work.id, words: entry.params.prompt?.slice(0, 80), by: null, page: work.page }, "input");
    },
    async hints(entry) {
      page.draw();
      form.use({ ...entry.params, model: entry.model });
      tools.choose(entry.tool);
      await (await photo()).reopen(entry.inputs ?? {});
    },
    async edit(_entry, work) {
      const opener = document.activeElement; // its row may be made anew while the editor is fetched
      const { openEditor } = await import("#studio/editing/editor");
      if (await openEditor(work.id, { stay: true, opener })) await film.refresh();
    },
    pinned: (work) => pinned.has(work?.id),
    pin: ({ command, params }, work) => pinned.toggle({ ...work, command, prompt: params.prompt }),
    async enlarge(_entry, work) {
      try {
        const inputs = { image: await upload(await pictureOf(work)) };
        page.look(actions.generate({ tool: "upscale", model: enlarger().name, params: {}, inputs, parents: [{ work: work.id, kind: "input" }] }));
      } catch (error) {
        page.fail(page.whyNotSent(error));
      }
    },
    async favourite(entry, { id }) {
      const work = entry.works.find((each) => each.id === id);
      try {
        await ask("PATCH", `/api/v1/works/${id}`, { favourite: !work.favourite });
        store.marked(id, !work.favourite);
      } catch (error) {
        page.fail(error.message || _("The server cannot be reached."));
      }
    },
    async copy(_entry, work) {
      try {
        await navigator.clipboard.write([new ClipboardItem({ "image/png": pictureOf(work) })]);
        return "done";
      } catch {
        page.fail(_("This browser did not let the picture be copied. Download it instead."));
        return undefined;
      }
    },
    canChoose: (entry) => tray.has(entry.command),
    chooseLabel: (index) => tray.label(index),
    choose: (entry, index) => page.look(tray.choose(entry, index)),
    mark: (command, index) => tray.mark(command, index),
    setMark(command, index, mark) {
      tray.setMark(command, index, mark);
      page.redraw();
    },
    next: (entry) => page.look(tray.next(entry)),
  };
}
