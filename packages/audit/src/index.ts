export type { FrameRun, Recorder, Transcript } from './transcript.ts';
