/** How every chart of the page looks: one accent, muted grid, labels at the lines, no shadows, no animation. */
import type { ChartLook } from "../../ports/insight.ts";

export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly paper: string;
  readonly accent: string;
  readonly reference: string;
  /** Variants, told apart by dash too. */
  readonly series: readonly string[];
}

const PALETTES: { readonly [theme in ChartLook["theme"]]: Palette } = {
  light: {
    ink: "#1b2430",
    muted: "#5a6675",
    grid: "#e7eaef",
    paper: "#ffffff",
    accent: "#1f5fd6",
    reference: "#6a7584",
    series: ["#1f5fd6", "#b4540a", "#0b7a5b", "#8a3ea8", "#6a7584"],
  },
  dark: {
    ink: "#e8ecf2",
    muted: "#9ba7b6",
    grid: "#2b3440",
    paper: "#171d26",
    accent: "#7fa9ff",
    reference: "#98a4b3",
    series: ["#7fa9ff", "#f0a04b", "#4fc7a1", "#cf94e6", "#98a4b3"],
  },
};

export const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3], [2, 6]] as const;

export interface Look {
  readonly palette: Palette;
  readonly width: number;
  readonly height: number;
  readonly narrow: boolean;
}

export function lookOf({ theme, size }: ChartLook, height = { wide: 300, narrow: 250 }): Look {
  const narrow = size === "narrow";
  return { palette: PALETTES[theme], width: narrow ? 390 : 960, height: height[size], narrow };
}

export function text({ palette }: Look, fontSize = 12): object {
  return { color: palette.muted, fontSize, fontFamily: "system-ui, sans-serif" };
}

export function timeAxis(look: Look, span: { readonly from: number; readonly to: number }): object {
  return {
    type: "time",
    min: span.from,
    max: span.to,
    splitNumber: look.narrow ? 2 : 7,
    axisLine: { lineStyle: { color: look.palette.grid } },
    axisTick: { lineStyle: { color: look.palette.grid } },
    axisLabel: { ...text(look), formatter: clockOf(span), hideOverlap: true, showMinLabel: false, showMaxLabel: false },
    splitLine: { show: false },
  };
}

/** As fine as the span needs. */
function clockOf({ from, to }: { readonly from: number; readonly to: number }): string {
  if (to - from < 300_000) return "{HH}:{mm}:{ss}";
  return to - from < 86_400_000 ? "{HH}:{mm}" : "{MM}-{dd} {HH}:{mm}";
}

export function valueAxis(look: Look, more: object = {}): object {
  return {
    type: "value",
    splitNumber: 4,
    axisLabel: text(look),
    splitLine: { lineStyle: { color: look.palette.grid } },
    ...more,
  };
}
