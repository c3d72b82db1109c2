/**
 * Parts as one text that no other parts give: each is preceded by its length in UTF-16 units and a colon, so
 * ("ab", "c") is `2:ab1:c` and ("a", "bc") is `1:a2:bc`. Part of the format of seeds and pseudonyms: never change it.
 */
export function framed(...parts: readonly string[]): string {
  let text = "";
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}
