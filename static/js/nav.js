// On a narrow screen the menus scroll sideways: the page one is at is brought into view.

for (const here of document.querySelectorAll("nav [aria-current=page]")) {
  const menu = here.closest("nav");
  const [inside, around] = [here.getBoundingClientRect(), menu.getBoundingClientRect()];
  menu.scrollLeft += inside.left + inside.width / 2 - (around.left + around.width / 2);
}
