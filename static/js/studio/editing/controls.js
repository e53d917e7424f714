// The controls of the editor, made from a state and telling what changes. Knows neither canvas nor server.

import { el, icon } from "#lib/dom";
import { _ } from "#lib/words";
import { mirrored, turned } from "#studio/editing/recipe";

const FILTERS = [["", _("None")], ["mono", _("Black and white")], ["sepia", _("Sepia")], ["warm", _("Warm")], ["cool", _("Cool")], ["fade", _("Faded")], ["sharpen", _("Sharper")], ["blur", _("Softer")], ["vignette", _("Dark corners")]];
const ASPECTS = [["free", _("Free")], ["original", _("As it is")], ["1:1", "1 : 1"], ["4:3", "4 : 3"], ["3:4", "3 : 4"], ["3:2", "3 : 2"], ["2:3", "2 : 3"], ["16:9", "16 : 9"], ["9:16", "9 : 16"]];

/**
 * The four groups as {name: {title, node}}. `now()` gives the state, `change(state)` takes the next one, `aspect(name)`
 * chooses the proportions of the crop, which `proportions()` names. `refresh()` shows a state that came from elsewhere.
 */
export function controls({ now, change, aspect, proportions, maxCaption }) {
  const shows = [];
  const set = (path, value) => {
    const [group, name] = path;
    change(name ? { ...now(), [group]: { ...now()[group], [name]: value } } : { ...now(), [group]: value });
  };
  const get = ([group, name]) => (name ? now()[group][name] : now()[group]);

  const slider = (path, label, min, max, step, words = (value) => Math.round(value * 100)) => {
    const input = el("input", { type: "range", id: `editing-${path.join("-")}`, min, max, step, oninput: () => set(path, Number(input.value)) });
    const value = el("output", { for: input.id });
    shows.push(() => {
      input.value = get(path);
      value.textContent = words(get(path));
    });
    return el("div", { class: "field editing-slider" }, el("label", { for: input.id }, label), value, input);
  };
  const select = (path, label, options, act = (value) => set(path, value)) => {
    const input = el("select", { id: `editing-${path.join("-")}`, onchange: () => act(input.value) }, ...options.map(([value, text]) => el("option", { value }, text)));
    shows.push(() => (input.value = path[0] === "aspect" ? proportions() : get(path)));
    return el("div", { class: "field" }, el("label", { for: input.id }, label), input);
  };
  const button = (name, label, act, flipped = "") => {
    const node = el("button", { class: `button button-icon ${flipped}`, type: "button", "aria-label": label, title: label, onclick: () => change(act(now())) }, icon(name));
    return node;
  };
  const group = (...children) => el("div", { class: "stack-small editing-group" }, ...children);

  const text = el("input", { id: "editing-caption-text", type: "text", maxlength: maxCaption, autocomplete: "off", oninput: () => set(["caption", "text"], text.value) });
  const ink = el("input", { id: "editing-caption-color", type: "color", oninput: () => set(["caption", "color"], ink.value) });
  shows.push(() => {
    if (text.value.trim() !== now().caption.text.trim()) text.value = now().caption.text;
    ink.value = now().caption.color;
  });

  const groups = {
    crop: {
      title: _("Crop"),
      node: group(
        select(["aspect"], _("Proportions"), ASPECTS, aspect),
        el(
          "div",
          { class: "button-row" },
          button("rotate-ccw", _("Turn left"), (state) => turned(state, -1)),
          button("rotate-ccw", _("Turn right"), (state) => turned(state, 1), "is-mirrored"),
          button("flip-vertical-2", _("Mirror left and right"), (state) => mirrored(state, "across")),
          button("flip-vertical-2", _("Mirror top and bottom"), (state) => mirrored(state, "down"), "is-turned"),
        ),
        slider(["degrees"], _("Straighten"), -45, 45, 0.5, (value) => `${value}°`),
      ),
    },
    light: {
      title: _("Light"),
      node: group(
        slider(["adjust", "brightness"], _("Brightness"), -1, 1, 0.02),
        slider(["adjust", "contrast"], _("Contrast"), -1, 1, 0.02),
        slider(["adjust", "saturation"], _("Saturation"), -1, 1, 0.02),
        slider(["adjust", "temperature"], _("Warmth"), -1, 1, 0.02),
      ),
    },
    filter: {
      title: _("Filters"),
      node: group(select(["filter", "name"], _("Filter"), FILTERS), slider(["filter", "amount"], _("How much"), 0, 1, 0.02)),
    },
    caption: {
      title: _("Text"),
      node: group(
        el("div", { class: "field" }, el("label", { for: text.id }, _("Caption")), text),
        select(["caption", "place"], _("Place"), [["top", _("Top")], ["middle", _("Middle")], ["bottom", _("Bottom")]]),
        select(["caption", "font"], _("Font"), [["sans", _("Plain")], ["serif", _("Serif")]]),
        slider(["caption", "size"], _("Size"), 0.02, 0.25, 0.01),
        el("div", { class: "field" }, el("label", { for: ink.id }, _("Colour")), ink),
      ),
    },
  };
  return { groups, refresh: () => shows.forEach((show) => show()) };
}
