// Prompts that the starter model paints well, in the languages it reads. Values for the model, so not translated.

export const EXAMPLES = {
  en: [
    "a red house on a grassy hill, blue sky, watercolor",
    "a white lighthouse by the sea at sunset, oil painting",
    "a sailboat on the water, clear day, cartoon",
    "an orange cat in a meadow, flat illustration",
    "a hot air balloon in the mountains at dawn, watercolor",
    "a pine tree in the snow, starry night, pixel art",
    "a castle in the mountains at night with a full moon",
    "a purple flower in a forest, soft watercolor",
    "a rocket in outer space, neon lights, cyberpunk",
    "a pagoda by the lake, chinese ink painting",
  ],
  zh: [
    "草地上的红色房子，蓝天，水彩",
    "海边的一座白色灯塔，夕阳，油画",
    "水上的一艘帆船，晴天，卡通",
    "草地上的一只橙色小猫，插画",
    "群山中的热气球，日出，水彩",
    "雪地里的一棵松树，星空，像素画",
    "山中的一座城堡，夜晚，明月",
    "森林里的一朵紫色小花，水彩",
    "太空中的火箭，霓虹，赛博朋克",
    "湖边的一座宝塔，水墨画",
  ],
};

export const examplesFor = (language) => EXAMPLES[language.split("-")[0]] ?? EXAMPLES.en;
