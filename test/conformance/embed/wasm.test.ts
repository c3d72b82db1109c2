import { wasmBackend } from "../../../training/embed/backends/wasm.ts";
import { backendConformance } from "./backend.ts";

backendConformance("wasm", wasmBackend);
