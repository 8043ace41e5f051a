#!/usr/bin/env perl

# A campaign that observes: nobody meets anything, hears anything, and nothing
# is done in the store; what would have been is recorded. The switches for
# panel and messages stand apart. nginx -t holds the campaign to its mode.
# long

use strict;
use warnings;
use v5.30;

use lib 't/lib', 'demo/lib';

use JSON::PP;
use Test::More;

use Demo::Stage;

sub stage {
    my (%campaign) = @_;
    return Demo::Stage->new(after => '2s', holdout => 0, campaign => \%campaign)->start;
}

sub path { $_[0] =~ s{^https?://[^/]+}{}r }

sub mails { my ($t) = @_; return @{$t->{sink}->get('/api/messages')->json->{messages} // []} }

my ($t, $buyers);

sub buy {
    my (%new) = @_;
    my $n = ++$buyers;
    return $t->buy('shop', customer => 'ada', status => 'processing', locale => 'en',
        consent => {email => 'yes', sms => 'yes'}, billing => {email => "o$n\@mail.example",
            first_name => 'Ada', country => 'US', phone => '+1415555' . (2600 + $n)}, %new);
}

# All that a house does for one buyer who cancels, one whose parcel arrives.
sub live {
    my $cancels = buy(status => 'pending');
    my $page = $t->get(path($cancels->{cancel_url}), headers => ["Cookie: $cancels->{cookie}"]);
    my $parcel = buy();
    my $view = sub { $t->get("/my-account/view-order/$parcel->{order}{id}/",
        headers => ["Cookie: $parcel->{cookie}"])->{body} };
    my $before = $view->();
    my $number = "OB$parcel->{order}{id}";
    $t->ship($parcel, $number);
    $t->carrier($number, 'Delivered');
    $t->wait_for('its arrival', sub {
        ($t->record('shop', $parcel->{order}{id})->{track}{milestone} // '') eq 'delivered' });
    $t->wait_for('the cancel', sub { $t->record('shop', $cancels->{order}{id})->{save}{asked} })
        if $page->{status} == 302;
    $t->day for 1, 2;
    return ($page, $before . $view->(), $cancels, $parcel);
}

$t = stage(state => 'observe');
my ($page, $view, $cancels, $parcel) = live();
is $page->{status}, 302, 'the cancel goes to the store';
is $t->{shop}->status($cancels), 'cancelled', 'which cancels';
ok $t->record('shop', $cancels->{order}{id})->{save}{asked}, 'it is recorded';
ok scalar(@{$t->record('shop', $cancels->{order}{id})->{save}{observed}{offers} // []}), 'with the offers of that page';
like $t->ctl('stats'), qr/"shop:observed"\s*:\s*1\b/, 'as one that would have met an offer';
unlike $view, qr/ordersave-panel/, 'no panel is shown';
is_deeply [map { $_->{subject} // $_->{text} } mails($t)], [], 'nothing is sent, not even two days later';
like $t->ctl('stats'), qr/"shop:held\.delivered"\s*:\s*[12]\b/, 'what was held back is counted';
$t->stop;

$t = stage(state => 'observe', panel => 'live');
(undef, $view) = live();
like $view, qr/ordersave-panel/, 'the panel alone may be live';
is_deeply [map { $_->{subject} // $_->{text} } mails($t)], [], 'and still nobody is written to';
$t->stop;

$t = stage(messages => 'observe');
($page, $view) = live();
is $page->{status}, 200, 'offers may be live';
like $view, qr/ordersave-panel/, 'with the panel';
is_deeply [map { $_->{subject} // $_->{text} } mails($t)], [], 'and no message';
$t->stop;

$t = stage();
($page, $view) = live();
ok scalar(mails($t)), 'and live, buyers are written to';

# what nginx -t says

my $conf = $t->read('nginx.conf');
sub tested {
    my ($state, $mode) = @_;
    my $campaign = JSON::PP->new->utf8->decode($t->read('campaign.json'));
    $campaign->{state} = $state;
    $t->write('campaign-3.json', JSON::PP->new->utf8->encode($campaign));
    my $text = $conf =~ s/campaign\.json/campaign-3.json/gr;
    $text =~ s/(ordersave_campaign\s+\S+campaign-3\.json;)/$1 ordersave_mode $mode;/ if $mode;
    $t->write('test.conf', $text);
    my $said = `nginx -t -c $t->{dir}/test.conf -p $t->{dir} 2>&1`;
    return ($?, $said);
}
my ($rc, $said) = tested('observe', 'on');
isnt $rc, 0, 'nginx -t: observe in the campaign and mode on do not go together';
like $said, qr/\[emerg\].*"ordersave_mode on", but "state" is "observe" in \S+campaign-3\.json/, '  and says so';
($rc, $said) = tested('live', 'observe');
is $rc, 0, 'mode observe alone is taken';
like $said, qr/\[warn\].*holds no message back: say "state": "observe" in \S+campaign-3\.json, too/, '  with a warning';
($rc, $said) = tested('observe', 'observe');
is $rc, 0, 'both observe';
unlike $said, qr/"ordersave_/, '  without a word';
($rc, $said) = tested('observe', '');
is $rc, 0, 'and the campaign alone will do';
$t->stop;

done_testing;
