"""Residual Attention from Scratch: the package that the book builds.

Importing it loads nothing else;
``from resattn_tutorial.models.residual import ResidualUnit`` does. What a chapter adds:

======= ============================== ===============================================
chapter folder                         modules
======= ============================== ===============================================
1       (top), models                  validation, tensor_validation; residual
2       models                         soft_mask
3       data, models                   scenes, items, transforms; small_networks
3       training, metrics              simple_loop; localisation
3       runtime, ledger                device; run, store
3       experiments                    mask_ablation
4       models                         mask_activations
5       models                         attention_module
6       models                         attention_module
7       models                         stem_and_head, attention_network, resnet,
                                       post_activation, zoo, registry, departures,
                                       pytorchcv, image_classifier
8       cost                           analytic, stage_checks, op_recorder, flops
9       data                           datasets, folders, transforms, input_checks,
                                       loaders, photo_loader, matching, label_noise,
                                       cifar, mirrors, download, web, meter, faults,
                                       storage
10      (top)                          names, recipes, config, limits, printable,
                                       files
10      training                       trainer, step, captured_step, optimizer,
                                       grad_accumulation, checkpoint, checkpoint_form,
                                       trained_network, exporting, interrupt, progress,
                                       run_folder, runner, frozen, parameter_groups,
                                       finetuning, tuning, finetuned_file, tuned_on,
                                       new_head, tuning_report, finetune_folder,
                                       tuning_plan, tuning_outcome, step_watch,
                                       setting, taking_up
10      data                           splitting, held_images, own_folder,
                                       own_test_images
10      runtime                        distributed, precision, tensor_file,
                                       environment, signals, bars
10      metrics, ledger, models        classification; expected; weights,
                                       state_dicts, wrappers
11      models.matching                trace, operations, pairing, places, nearest,
                                       differences, transfer
12      models                         mini, attention_arms, channel_gates
12      experiments                    declaration, catalogue, grid, queue, ending,
                                       probe, responses, statistics, outcome,
                                       printed, printed_counts, handing_in
13      metrics                        overlap, saliency, deletion, bootstrap
13      training                       answering
13      experiments                    mask_maps, mask_scores, mask_exchange,
                                       deletion, mask_history, command
14      metrics, training              memorisation; label_watch
14      experiments                    noisy_runs, gradient_pulls, gradient_filter
15      data, metrics                  corruptions, shifted_scenes, long_tail;
                                       by_class, calibration
15      cost                           turns
15      experiments                    shifted_tests, long_tails, robustness,
                                       network_groups, network_counts, network_costs
16      models, data                   recompute; made_photos
16      cost                           kept_bytes, peak_bytes, imagenet
17      data, experiments              wardrobe, near_duplicates; own_images,
                                       own_images_rates
all     plotting, checks, grading, cli figures and diagrams; exercises; a class; resattn
none    (top)                          timm: the networks in timm's registry
none    data                           mixup, random_erasing, recipe_batches,
                                       holding_out: what a recipe may add
none    training                       weight_average, best_point: the same
======= ============================== ===============================================
"""

__version__ = "0.1.0"
