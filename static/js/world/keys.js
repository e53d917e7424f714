// The world's rows of the one table of keys (studio/panels/keys.js binds it, lists it, and lets people choose their own).

import { _ } from "#lib/words";

/** @param {object} act what each does @param {() => boolean} walking whether the person walks just now */
export function worldTable(act, walking) {
  const building = () => !walking();
  const build = (name, keys, text, run = act[name]) => ({ name: `world-${name}`, keys, text, run, when: building });
  const anywhere = (name, keys, text, run = act[name]) => ({ name: `world-${name}`, keys, text, run });
  const arrow = (name, key, text, ...by) => build(name, [[key], ["Shift", key]], text, (event) => act.nudge(by, event.shiftKey));
  return [
    { title: _("Placing") },
    build("move", [["G"]], _("Move")),
    build("rotate", [["R"]], _("Turn")),
    build("size", [["S"]], _("Size")),
    arrow("left", "←", _("To the left, or turn, or smaller (Shift: ten steps)"), -1, 0, 0),
    arrow("right", "→", _("To the right, or turn, or larger"), 1, 0, 0),
    arrow("away", "↑", _("Away from you, or larger"), 0, 0, -1),
    arrow("near", "↓", _("Towards you, or smaller"), 0, 0, 1),
    arrow("up", "PageUp", _("Higher"), 0, 1, 0),
    arrow("down", "PageDown", _("Lower"), 0, -1, 0),
    build("ground", [["End"]], _("Stand on the ground")),
    build("snap", [["N"]], _("Snap to the grid, or not")),
    { name: "world-duplicate", keys: [["Ctrl", "D"]], text: _("Duplicate"), run: act.duplicate, when: building },
    build("remove", [["Del"], ["Backspace"]], _("Delete")),
    build("next", [["]"]], _("Choose the next one"), () => act.step(1)),
    build("previous", [["["]], _("Choose the one before"), () => act.step(-1)),
    anywhere("undo", [["Ctrl", "Z"]], _("Undo")),
    anywhere("redo", [["Ctrl", "Shift", "Z"], ["Ctrl", "Y"]], _("Redo")),
    { title: _("Looking") },
    build("focus", [["F"]], _("Look at what is chosen, or at everything")),
    { keys: [[_("drag")]], text: _("Turn the view; with the right button: move it") },
    { keys: [[_("drag a model")]], text: _("Move, turn or size it; Shift: up and down") },
    { keys: [[_("two fingers on a model")]], text: _("Turn and size it") },
    { title: _("Walking") },
    anywhere("walk", [["Enter"]], _("Walk through the world, or build")),
    { name: "world-leave", keys: [["Esc"]], text: _("Back to building"), run: act.escape },
    { keys: [["W"], ["A"], ["S"], ["D"]], text: _("Walk") },
    { keys: [["↑"], ["↓"], ["←"], ["→"]], text: _("Walk and turn") },
    { keys: [["Q"], ["E"]], text: _("Turn") },
    { keys: [["Shift"]], text: _("Run") },
    { title: _("Making") },
    { name: "world-make", keys: [["Ctrl", "Enter"]], text: _("Make one model of it"), run: act.make },
    anywhere("help", [["?"]], _("This list")),
  ];
}
