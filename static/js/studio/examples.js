// Prompts that the starter model paints well, in the languages it reads. Values for the model, so not translated.

export const EXAMPLES = {
  en: [
    "a red house on a grassy hill, sunny day, cartoon",
    "a white lighthouse by the sea at sunset, watercolor",
    "a sailboat on the water, clear day, cartoon",
    "an orange cat in a meadow, sunny day, cartoon",
    "a pink hot air balloon in the mountains, sunny day, realistic",
    "a green tree on a hill, sunset, oil painting",
    "a castle in the mountains at night with a full moon",
    "a red mushroom in the forest, cartoon",
    "a red rocket in outer space",
    "a blue car in the city, rainbow, cartoon",
  ],
  zh: [
    "草地上的红色房子，晴天，卡通",
    "海边的白色灯塔，夕阳，水彩",
    "水上的一艘帆船，晴天，卡通",
    "草地上的一只橙色小猫，晴天，卡通",
    "群山中的粉色热气球，晴天，写实",
    "山坡上的一棵绿树，夕阳，油画",
    "山中的一座城堡，夜晚，明月",
    "森林里的红色蘑菇，卡通",
    "太空中的红色火箭",
    "城市里的蓝色汽车，彩虹，卡通",
  ],
};

export const examplesFor = (language) => EXAMPLES[language.split("-")[0]] ?? EXAMPLES.en;
