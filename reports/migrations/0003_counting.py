"""The index of waiting jobs holds their state too: counting them then reads no row."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0002_fairness'),
        ('tenancy', '0003_report_limits'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='job',
            name='waiting_jobs',
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('state', 'queued')), fields=['queue', 'organization', '-priority', 'id', 'state'], name='waiting_jobs'),
        ),
    ]
