// The page of a work that is a code scene: it runs when somebody asks it to.

import { findAll } from "#lib/dom";
import { ScenePlayer } from "#scenes/player";

for (const root of findAll("[data-scene]")) new ScenePlayer(root);
