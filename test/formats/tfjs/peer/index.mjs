/** The library whose models are made and read here, in a folder with a manifest of its own. */
export * from '@tensorflow/tfjs';
