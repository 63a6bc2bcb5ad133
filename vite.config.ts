import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The pages of the desk: bundled beside the server that hands them out. */
export default defineConfig({
  root: 'src/review/ui',
  plugins: [react()],
  build: {
    outDir: '../../../dist/review/ui',
    emptyOutDir: true,
    target: 'es2022',
    // The content policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
  },
});
