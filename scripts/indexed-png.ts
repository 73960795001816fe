import { crc32, deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';

/** Most colours of an indexed PNG. */
const maxColours = 256;

/**
 * Makes a screenshot a third of its size: a window has few colours, so a palette and one byte a pixel do.
 *
 * @param page any page; its canvas reads the pixels
 * @param png a PNG without transparency
 * @returns an indexed PNG (RFC 2083 §2.1)
 */
export async function indexedPng(page: Page, png: Buffer): Promise<Buffer> {
  const input: [string, number] = [png.toString('base64'), maxColours];
  const { width, height, palette, indexes } = await page.evaluate(toPalette, input);
  const pixels = Buffer.from(indexes, 'base64');
  // Every line begins with its filter; none is best where neighbours are the same colour or another one altogether.
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) pixels.copy(lines, y * (width + 1) + 1, y * width, (y + 1) * width);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette)),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}

/** Runs in the page: chooses the palette; every colour that is not in it becomes the nearest one. */
async function toPalette([png, max]: [string, number]) {
  const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const colours = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const channels = (colour: number) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255] as const;
  const palette: number[] = [];
  const nearest = (colour: number) => {
    const [red, green, blue] = channels(colour);
    let place = 0;
    let least = Number.POSITIVE_INFINITY;
    palette.forEach((known, at) => {
      const [r, g, b] = channels(known);
      const distance = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
      if (distance < least) [least, place] = [distance, at];
    });
    return { place, distance: Math.sqrt(least) };
  };
  // Grounds and lines as they are; then what is unlike all of them, however small; then what is frequent.
  palette.push(...colours.slice(0, max / 4));
  for (const apart of [32, 16, 8, 0]) {
    for (const colour of colours) {
      if (palette.length < max && nearest(colour).distance > apart) palette.push(colour);
    }
  }
  const places = new Map(colours.map((colour) => [colour, nearest(colour).place]));
  let indexes = '';
  for (let start = 0; start < pixels.length; start += 30_000) {
    const part = pixels.subarray(start, start + 30_000);
    indexes += btoa(String.fromCharCode(...Array.from(part, (pixel) => places.get(pixel) ?? 0)));
  }
  return { width, height, palette: palette.flatMap(channels), indexes };
}
