"""What the tasks on ward leads share: captured records, the networks in service, tables by EC57, the ablation."""
